/** The tasks of deno.json, started in a copy of the project with their permissions. */

import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { KEY_PASSWORD } from "../support/certificates.ts";
import { type Listeners, startListeners, withoutListeners } from "../support/listeners.ts";
import { Mosquitto, mosquittoPub, withoutMosquitto } from "../support/mosquitto.ts";
import { inTerminal, withoutPty } from "../support/pty.ts";
import {
  freePort,
  inFolder,
  readCsv,
  readJson,
  type Running,
  startCommand,
} from "../support/program.ts";

const listeners: Listeners | undefined = withoutListeners ? undefined : await startListeners();

const ROOT = new URL("../../", import.meta.url);
/** The files of a checkout that a task needs. */
const PROJECT = ["main.ts", "deno.json", "deno.lock", "lib", ".jsr", "vendor"];

async function copy(from: URL, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href}/${encodeURIComponent(name)}`), `${to}/${name}`);
  }
}

/** Runs `body` in a copy of the project with an empty exports/. */
async function inProject(body: (cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    for (const name of PROJECT) await copy(new URL(name, ROOT), `${cwd}/${name}`);
    await body(cwd);
  });
}

function command(task: string, flags: readonly string[]): string[] {
  return [Deno.execPath(), "task", "--quiet", task, ...flags];
}

function startTask(task: string, flags: readonly string[], cwd: string): Running {
  return startCommand(command(task, [...flags, "--lang", "en"]), { cwd, stdin: "null" });
}

/** Every connection that needs more than plain MQTT, by the name of the test. */
const WAYS: Readonly<Record<string, (listeners: Listeners) => readonly string[]>> = {
  "TLS": ({ ports, tls }) => [
    ...["--broker", `mqtts://localhost:${ports.tls}`, "--cafile", `${tls}/authority.crt`],
  ],
  "a WebSocket": ({ ports }) => ["--broker", `ws://localhost:${ports.ws}`],
  "a WebSocket in TLS": ({ ports, tls }) => [
    ...["--broker", `wss://localhost:${ports.wss}`, "--cafile", `${tls}/authority.crt`],
  ],
  "TLS with a certificate of its own": ({ ports, tls }) => [
    ...["--broker", `mqtts://localhost:${ports.mutual}`, "--cafile", `${tls}/authority.crt`],
    ...["--cert", `${tls}/client.crt`, "--key", `${tls}/client.pkcs8.key`],
    ...["--key-password-file", "key.password"],
  ],
};

for (const [name, flagsFor] of Object.entries(WAYS)) {
  Deno.test({
    name: `deno task start records through ${name}`,
    ignore: withoutListeners,
    fn: () =>
      inProject(async (cwd) => {
        await Deno.writeTextFile(`${cwd}/key.password`, `${KEY_PASSWORD}\n`);
        const task = startTask("start", [...flagsFor(listeners!), "--count", "3"], cwd);
        await task.waitForOutput("Files: exports/mqtt_data.csv, exports/mqtt_data.json\n");
        await listeners!.broker.publish(["-t", "sensors/a", "-q", "1", "-l"], "1\n2\n3\n");
        const { code, stderr } = await task.ended;
        assert.equal(code, 0, stderr);
        const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
        assert.deepEqual(rows.map(({ payload }) => payload), ["1", "2", "3"]);
        assert.deepEqual(await readJson(`${cwd}/exports/mqtt_data.json`), rows);
      }),
  });
}

Deno.test({
  name: "deno task start asks for a password, unseen, and for the key's",
  ignore: withoutListeners || withoutPty,
  fn: () =>
    inProject(async (cwd) => {
      const { ports, tls } = listeners!;
      const flags = [
        ...["--broker", `mqtts://localhost:${ports.mutual}`, "--cafile", `${tls}/authority.crt`],
        ...["--cert", `${tls}/client.crt`, "--key", `${tls}/client.pkcs8.key`],
        ...["--username", "anna", "--lang", "en"],
      ];
      const { code, screen } = await inTerminal(command("start", flags), [
        [`Password of the key "${tls}/client.pkcs8.key": `, KEY_PASSWORD],
        ["Password of anna: ", "s3cret"],
        ["Type 'q' to quit: ", "q"],
      ], { cwd });
      assert.equal(code, 0, screen);
      assert.match(screen, /Connected to mqtts:/);
      assert.ok(!screen.includes(KEY_PASSWORD) && !screen.includes("s3cret"), screen);
    }),
});

Deno.test({
  name: "deno task start connects with the password that it asks for",
  ignore: withoutMosquitto || withoutPty,
  fn: () =>
    inProject(async (cwd) => {
      await Deno.writeTextFile(`${cwd}/users`, "");
      await new Deno.Command("mosquitto_passwd", {
        args: ["-b", `${cwd}/users`, "anna", "s3cret"],
      }).output();
      await using broker = await Mosquitto.start(cwd, [
        ...["allow_anonymous false", `password_file ${cwd}/users`],
      ]);
      const answering = (password: string) =>
        inTerminal(
          command("start", [
            ...["--broker", `localhost:${broker.port}`, "--username", "anna", "--lang", "en"],
            ...["--count", "1", "--topic", "a"],
          ]),
          [["Password of anna: ", password]],
          { cwd },
        );
      const refused = await answering("wrong");
      const plain = stripVTControlCharacters(refused.screen);
      assert.match(plain, /the broker does not accept this user name\s+and\s+password/);
      assert.equal(refused.code, 3);
      await mosquittoPub(broker.port, [
        ...["-u", "anna", "-P", "s3cret", "-t", "a", "-r", "-m", "21.5"],
      ]);
      const { code, screen } = await answering("s3cret");
      assert.equal(code, 0, screen);
      const [row] = await readCsv(`${cwd}/exports/mqtt_data.csv`);
      assert.equal(row!.payload, "21.5");
    }),
});

Deno.test("deno task start names the permission for a folder elsewhere, and no secret", () =>
  inProject(async (cwd) => {
    const flags = ["--output", "../elsewhere/a", "-u", "anna", "-P", "s3cret", "-t", "home/#"];
    const { code, stderr } = await startTask("start", flags, cwd).ended;
    assert.match(stderr, /^Cannot run: Deno was not given --allow-write=\.\.\/elsewhere\nRun: /);
    assert.match(
      stderr,
      / main\.ts --output \.\.\/elsewhere\/a -u anna -P PASSWORD -t "home\/#" --lang en\n$/,
    );
    assert.doesNotMatch(stderr, /s3cret/);
    assert.equal(code, 2);
  }));

Deno.test("deno task start takes a bare name for one in exports/, and says so", () =>
  inProject(async (cwd) => {
    const flags = ["--port", String(freePort()), "--interval", "0.05", "--count", "3"];
    const { code, stderr } = await startTask("simulate", [...flags, "--output", "monday"], cwd)
      .ended;
    assert.equal(code, 0, stderr);
    const said = "--output monday is exports/monday: this task writes in exports/ only\n";
    assert.ok(stderr.startsWith(said), stderr);
    assert.equal((await readCsv(`${cwd}/exports/monday.csv`)).length, 3);
    const printed = await startTask("start", ["--output", "monday", "--print-config"], cwd).ended;
    assert.match(printed.stdout, /\noutput +exports\/monday +--output\n/);
  }));

Deno.test("deno task verify alone checks every recording in exports/", () =>
  inProject(async (cwd) => {
    const nothing = await startTask("verify", [], cwd).ended;
    assert.match(
      nothing.stderr,
      /^Cannot read "exports": there is no recording in it\n/,
    );
    assert.equal(nothing.code, 1);
    for (const name of ["monday", "tuesday"]) {
      const flags = ["--port", String(freePort()), "--interval", "0.05", "--count", "3"];
      await startTask("simulate", [...flags, "--output", name], cwd).ended;
    }
    for (const argv of [[], ["exports"], ["exports/"]]) {
      const { code, stdout, stderr } = await startTask("verify", argv, cwd).ended;
      assert.equal(stderr, "");
      for (const name of ["monday.csv", "monday.json", "tuesday.csv", "tuesday.json"]) {
        assert.ok(stdout.includes(`exports/${name}: 3 rows`), stdout);
      }
      assert.match(stdout, /\nAll is well\n$/);
      assert.equal(code, 0);
    }
  }));

Deno.test("deno task verify finds a recording of deno task simulate well", () =>
  inProject(async (cwd) => {
    const flags = ["--port", String(freePort()), "--interval", "0.05", "--count", "7"];
    const simulated = await startTask("simulate", flags, cwd).ended;
    assert.equal(simulated.code, 0, simulated.stderr);
    const { code, stdout } = await startTask("verify", ["exports/mqtt_data", "--repair"], cwd)
      .ended;
    assert.match(stdout, /CSV and JSON hold the same 7 rows\nAll is well\n$/);
    assert.equal(code, 0);
  }));

Deno.test("deno task export makes a table of a recording in exports/, which verify passes over", () =>
  inProject(async (cwd) => {
    const flags = ["--port", String(freePort()), "--interval", "0.05", "--count", "7"];
    await startTask("simulate", flags, cwd).ended;
    for (
      const output of ["exports/a.csv", "a.xlsx", "a.parquet", "a.sqlite", "a.ndjson", "a.json"]
    ) {
      const { code, stderr } = await startTask("export", ["mqtt_data", "-o", output], cwd).ended;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /exports\/a\.\w+: \d+ rows?, \d columns/);
    }
    const { code, stdout } = await startTask("verify", [], cwd).ended;
    assert.match(stdout, /CSV and JSON hold the same 7 rows\nAll is well\n$/);
    assert.equal(code, 0);
    const elsewhere = await startTask("export", ["mqtt_data", "-o", "../a.csv"], cwd).ended;
    assert.match(
      elsewhere.stderr,
      /^Cannot run: Deno was not given --allow-read=.* --allow-write=\.\.\n/,
    );
    assert.equal(elsewhere.code, 2);
  }));

Deno.test("deno task verify names the permission for a folder elsewhere", () =>
  inProject(async (cwd) => {
    const { code, stderr } = await startTask("verify", ["../elsewhere/a.csv"], cwd).ended;
    assert.match(
      stderr,
      /^Cannot run: Deno was not given --allow-read=\.\.\/elsewhere\nRun: .* main\.ts check \.\.\/elsewhere\/a\.csv --lang en\n$/,
    );
    assert.equal(code, 2);
  }));
