/** Overlapping filters with a real Mosquitto, as it comes. */

import assert from "node:assert/strict";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, readCsv, type Running, start } from "../support/program.ts";

interface Bench {
  readonly cwd: string;
  record(...flags: string[]): Promise<Running>;
  publish(topic: string, payloads: readonly string[], ...flags: string[]): Promise<void>;
  /** Ends it with q; resolves with what it said. */
  quit(program: Running): Promise<string>;
  /** `payload qos` of every row. */
  rows(): Promise<string[]>;
}

function test(name: string, body: (bench: Bench) => Promise<void>) {
  Deno.test({
    name,
    ignore: withoutMosquitto,
    fn: () =>
      inFolder(async (cwd) => {
        await using broker = await Mosquitto.start(cwd);
        await body({
          cwd,
          async record(...flags) {
            const at = ["--broker", `127.0.0.1:${broker.port}`, "--lang", "en"];
            const program = start([...at, "--output", "exports/x", ...flags], { cwd });
            await program.said("Files:");
            return program;
          },
          publish: (topic, payloads, ...flags) =>
            broker.publish(["-t", topic, "-q", "2", "-l", ...flags], `${payloads.join("\n")}\n`),
          async quit(program) {
            await program.type("q");
            const { code, stderr } = await program.ended;
            assert.equal(code, 0, stderr);
            return stderr;
          },
          rows: async () =>
            (await readCsv(`${cwd}/exports/x.csv`)).map(({ payload, qos }) => `${payload} ${qos}`),
        });
      }),
  });
}

const FIVE = ["1", "2", "2", "2", "3"];
const PARTLY = ["-t", "a/+/c", "-t", "a/b/#"];

test("equal readings under filters that overlap are a row each, with the highest QoS", async (bench) => {
  const program = await bench.record(
    ...["-t", "a/+/c", "-t", "a/b/#", "-t", "+/b/c", "-t", "#"],
    ...["--topic-qos", "a/+/c=0", "--topic-qos", "a/b/#=2", "--topic-qos", "#=0"],
  );
  await bench.publish("a/b/c", FIVE);
  await bench.publish("x", ["x"]);
  const said = await bench.quit(program);
  assert.deepEqual(await bench.rows(), [...FIVE.map((payload) => `${payload} 2`), "x 0"]);
  assert.doesNotMatch(said, /several times/);
});

test("--count counts rows, not copies", async (bench) => {
  const first = await bench.record(...PARTLY, "--count", "3");
  await bench.publish("a/b/c", ["1", "2", "3"]);
  assert.equal((await first.ended).code, 0);
  assert.deepEqual(await bench.rows(), ["1 1", "2 1", "3 1"]);
});

test("retained messages under filters that overlap are a row each", async (bench) => {
  for (const topic of ["a/b/c", "a/x/c", "a/b/d"]) await bench.publish(topic, [topic], "-r");
  const program = await bench.record(...PARTLY, "--retained-only");
  await bench.publish("a/b/c", ["new"]);
  assert.equal((await program.ended).code, 0);
  assert.deepEqual((await bench.rows()).sort(), ["a/b/c 1", "a/b/d 1", "a/x/c 1"]);
});

for (const end of ["q", "SIGKILL"] as const) {
  test(`after ${end} what the session has stored is a row each`, async (bench) => {
    const first = await bench.record(...PARTLY, "--keep-session");
    await bench.publish("a/b/c", FIVE);
    while ((await bench.rows()).length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    // What the broker has shown is noted once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    if (end === "q") await bench.quit(first);
    else first.child.kill(end);
    await first.ended;
    await bench.publish("a/b/c", ["4", "4", "5"]);
    const again = await bench.record(...PARTLY);
    await bench.publish("a/b/c", ["6"]);
    await bench.quit(again);
    const all = [...FIVE, "4", "4", "5", "6"].map((payload) => `${payload} 1`);
    assert.deepEqual(await bench.rows(), all);
  });
}

test("with other filters nothing that the session has stored is lost, or passes for a copy", async (bench) => {
  const first = await bench.record(...PARTLY, "--keep-session");
  await bench.quit(first);
  await bench.publish("a/b/c", ["1"]);
  const again = await bench.record("--topic-qos", "+/b/c=2", "-t", "a/b/#", "-t", "x");
  await bench.publish("a/b/c", ["2"]);
  await bench.publish("a/x/c", ["not asked for any more"]);
  await bench.quit(again);
  const rows = await bench.rows();
  assert.equal(rows.at(-1), "2 2");
  assert.ok(rows.includes("1 1"));
  assert.equal(rows.filter((row) => row.startsWith("2")).length, 1);
});

test("MQTT 3.1.1 says at the start what may stand several times", async (bench) => {
  const program = await bench.record(...PARTLY, "-t", "y", "-V", "3.1.1");
  await bench.publish("a/b/c", FIVE);
  assert.match(await bench.quit(program), /several times: a\/\+\/c, a\/b\/#\n/);
  assert.deepEqual(await bench.rows(), FIVE.map((payload) => `${payload} 1`));
});

test("a shared subscription beside another one loses nothing, and is told", async (bench) => {
  const program = await bench.record("-t", "$share/g/a/#", "-t", "a/b/c");
  await bench.publish("a/b/c", ["1"]);
  await bench.publish("a/x", ["2"]);
  assert.match(await bench.quit(program), /several times: \$share\/g\/a\/#, a\/b\/c\n/);
  assert.deepEqual((await bench.rows()).sort(), ["1 1", "1 1", "2 1"]);
});

test("the identifiers that we gave are no properties of a message", async (bench) => {
  const program = await bench.record(...PARTLY, "--properties");
  await bench.publish("a/b/c", ["1"], "-V", "5", "-D", "publish", "content-type", "text/plain");
  await bench.publish("a/b/c", ["2"]);
  await bench.quit(program);
  const text = await Deno.readTextFile(`${bench.cwd}/exports/x.json`);
  const rows: { payload: string; properties?: object }[] = JSON.parse(text);
  assert.deepEqual(rows.map(({ payload, properties = {} }) => [payload, properties]), [
    ["1", { contentType: "text/plain" }],
    ["2", {}],
  ]);
});
