import assert from "node:assert/strict";
import { isListening } from "../../lib/embedded_broker/embedded_broker.ts";
import { freePort, inFolder, readCsv, readJson, type Running, start } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

/** Messages of a device that are not acknowledged yet, and those that are before anything ends. */
const IN_FLIGHT = 100, ENOUGH = 500;

/** Rows of the recording in a folder, the same in both files. */
async function rowsIn(folder: string, output = "exports/mqtt_data") {
  const rows = await readCsv(`${folder}/${output}.csv`);
  assert.deepEqual(await readJson(`${folder}/${output}.json`), rows);
  return rows;
}

function embedded(cwd: string, port: number, flags: readonly string[]): Running {
  return start(["--embedded-broker", "--port", String(port), ...flags], { cwd });
}

/** Ends of a recording: a signal, what is typed, or flags. */
type End = Deno.Signal | "q" | `--${string}`;

const isSignal = (end: End) => end.startsWith("SIG");
const flagsOf = (end: End) => end.startsWith("--") ? end.split(" ") : [];

async function bringAbout(end: End, program: Running): Promise<void> {
  if (end === "q") await program.type("q");
  else if (isSignal(end)) program.child.kill(end as Deno.Signal);
}

for (const end of ["q", "SIGINT", "--duration 1", "--count 20000"] as const) {
  for (const qos of ["0", "1"]) {
    Deno.test({
      name: `mqttrec ends a simulation at full speed with QoS ${qos} cleanly by ${end}`,
      ignore: Deno.build.os === "windows" && isSignal(end),
      fn: () =>
        inFolder(async (cwd) => {
          const flags = ["--simulate", "--interval", "0", "--sensors", "50", "--qos", qos];
          const program = embedded(cwd, freePort(), [...flags, ...flagsOf(end)]);
          await program.waitForOutput("Simulating 50 sensors");
          // Long enough for a backlog.
          if (flagsOf(end).length === 0) await new Promise((resolve) => setTimeout(resolve, 500));
          await bringAbout(end, program);
          const { code, stderr } = await program.ended;
          assert.equal(code, 0, stderr);
          assert.match(stderr, /👋 Program ended\.\n$/);
          const { length } = await rowsIn(cwd);
          if (end === "--count 20000") assert.equal(length, 20_000);
          else assert.ok(length > 1_000, `${length} rows`);
        }),
    });
  }
}

for (const end of ["SIGTERM", "SIGKILL", "q", "--duration 1", "--count 5000"] as const) {
  for (const qos of [1, 2] as const) {
    Deno.test({
      name: `mqttrec records every message acknowledged with QoS ${qos} by its broker until ${end}`,
      ignore: Deno.build.os === "windows" && isSignal(end),
      fn: () =>
        inFolder(async (cwd) => {
          const port = freePort();
          const flags = ["--qos", String(qos), "--topic", "a/#", ...flagsOf(end)];
          const program = embedded(cwd, port, flags);
          await program.waitForOutput("Files:");
          await using device = await RawClient.connect({ port }, { protocolVersion: 4 });
          const acknowledged = new Set<string>();
          const enough = Promise.withResolvers<void>();
          const publishing = (async () => {
            for (let id = 1; id < 65_000; id++) {
              await device.publish({ topic: "a/b", payload: String(id), qos, messageId: id });
              if (id <= IN_FLIGHT) continue;
              const { messageId } = await device.next(qos === 1 ? "puback" : "pubrec");
              acknowledged.add(String(messageId));
              if (acknowledged.size === ENOUGH) enough.resolve();
            }
          })().catch(() => {}).finally(enough.resolve);
          await enough.promise;
          await bringAbout(end, program);
          const { code, stderr } = await program.ended;
          await publishing;
          assert.equal(code, end === "SIGKILL" ? 137 : 0, stderr);
          assert.ok(acknowledged.size >= ENOUGH);
          const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
          const recorded = new Set(rows.map(({ payload }) => payload));
          assert.deepEqual([...acknowledged].filter((id) => !recorded.has(id)), [], stderr);
        }),
    });
  }
}

Deno.test("mqttrec shares one built-in broker between two recorders", async () => {
  await inFolder(async (cwd) => {
    const port = freePort();
    const programs = ["one", "two"].map((name) =>
      embedded(cwd, port, ["--output", `exports/${name}`])
    );
    for (const program of programs) await program.waitForOutput("Files:");
    assert.ok(await isListening("127.0.0.1", port));
    {
      await using device = await RawClient.connect({ port });
      await device.publish({ topic: "sensors/a", payload: "both", qos: 1, messageId: 1 });
      await device.next("puback");
    }
    for (const program of programs) await program.type("q");
    const ends = await Promise.all(programs.map(({ ended }) => ended));
    assert.deepEqual(ends.map(({ code }) => code), [0, 0]);
    const said = ends.map(({ stderr }) => stderr).join("");
    assert.match(said, /Built-in broker started at/);
    assert.match(said, /A broker is already running at/);
    for (const name of ["one", "two"]) {
      const rows = await rowsIn(cwd, `exports/${name}`);
      assert.deepEqual(rows.map(({ payload }) => payload), ["both"]);
    }
  });
});

Deno.test("mqttrec ends a client with an oversized payload, reports it, and records on", async () => {
  await inFolder(async (cwd) => {
    const port = freePort();
    const program = embedded(cwd, port, ["--lang", "fr"]);
    await program.waitForOutput("Fichiers");
    await using camera = await RawClient.connect({ port }, { clientId: "camera\x1b" });
    await camera.send(Uint8Array.of(0x32, 0x80, 0x80, 0x80, 0x28));
    assert.equal((await camera.next("disconnect")).reasonCode, 0x95);
    await program.waitForOutput(
      /Impossible d'accepter 83,9\sMo d'un coup de «\scamera[^»]+\s»\s: .* au plus 67,1\sMo/,
    );
    await using device = await RawClient.connect({ port });
    const payload = new Uint8Array(500_000).fill(0x7a);
    await device.publish({ topic: "sensors/a", payload, qos: 1, messageId: 1 });
    await device.next("puback");
    await program.type("q");
    const { code, stderr } = await program.ended;
    assert.equal(code, 0);
    assert.ok(!stderr.includes("\x1b"), "what a client calls itself reaches the terminal");
    assert.equal((await rowsIn(cwd))[0]!.payload!.length, payload.length);
  });
});
