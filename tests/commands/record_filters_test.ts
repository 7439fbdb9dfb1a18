import assert from "node:assert/strict";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, readCsv, type Running, start } from "../support/program.ts";

interface Fixture {
  readonly cwd: string;
  readonly broker: Mosquitto;
  /** Starts the program with these flags, recording everything. */
  record(...flags: string[]): Promise<Running>;
  /** Publishes one message. */
  publish(topic: string, payload: string, ...flags: string[]): Promise<void>;
  /** Ends it with q; resolves with its output. */
  quit(program: Running): Promise<string>;
  rows(): Promise<string[]>;
}

function test(name: string, body: (fixture: Fixture) => Promise<void>) {
  Deno.test({
    name,
    ignore: withoutMosquitto,
    fn: () =>
      inFolder(async (cwd) => {
        await using broker = await Mosquitto.start(cwd);
        const record = async (...flags: string[]) => {
          const at = ["--broker", `127.0.0.1:${broker.port}`, "--lang", "en", "-t", "a/#"];
          const program = start([...at, ...flags], { cwd });
          await program.waitForOutput("Files:");
          return program;
        };
        const publish = (topic: string, payload: string, ...flags: string[]) =>
          broker.publish(["-t", topic, "-m", payload, "-q", "1", ...flags]);
        const quit = async (program: Running) => {
          await program.type("q");
          const { code, stderr } = await program.ended;
          assert.equal(code, 0, stderr);
          return stderr;
        };
        const rows = async () => {
          const all = await readCsv(`${cwd}/exports/mqtt_data.csv`);
          return all.map(({ topic, payload, qos }) => `${topic} ${payload} ${qos}`);
        };
        await body({ cwd, broker, record, publish, quit, rows });
      }),
  });
}

test("--filter-out acknowledges the messages that it leaves out", async (fixture) => {
  const { cwd, record, publish, quit, rows } = fixture;
  for (const qos of ["1", "2"]) {
    const flags = ["-q", qos, "-T", "a/x/#", "--keep-session", "--output", "exports/mqtt_data"];
    const program = await record(...flags);
    await publish("a/x/1", "out", "-q", qos);
    await publish("a/b", `in ${qos}`, "-q", qos);
    // A kept session is not drained.
    while (!(await rows()).includes(`a/b in ${qos} ${qos}`)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await quit(program);
    // An unacknowledged message would come again, and become a row without the filter.
    const again = await record("-q", qos, "--output", "exports/mqtt_data");
    await publish("a/b", `last ${qos}`, "-q", qos);
    await quit(again);
  }
  assert.deepEqual(await rows(), ["a/b in 1 1", "a/b last 1 1", "a/b in 2 2", "a/b last 2 2"]);
  const state = JSON.parse(await Deno.readTextFile(`${cwd}/exports/mqtt_data.lock`));
  assert.deepEqual([state.alive, state.sessionKept], [0, false]);
});

for (const version of ["5", "3.1.1"]) {
  test(`-R leaves out retained messages, MQTT ${version}`, async (fixture) => {
    const { record, publish, quit, rows } = fixture;
    await publish("a/old", "old", "-r");
    const program = await record("-R", "-V", version);
    await publish("a/new", "new");
    await quit(program);
    assert.deepEqual(await rows(), ["a/new new 1"]);
  });

  test(`--retained-only ends at the first other message, MQTT ${version}`, async (fixture) => {
    const { record, publish, rows } = fixture;
    for (const name of ["1", "2"]) await publish(`a/${name}`, name, "-r");
    const program = await record("--retained-only", "-V", version);
    await publish("a/new", "new");
    assert.equal((await program.ended).code, 0);
    // Without -q the small window of MQTT 3.1.1, which the broker's queue limits, is not used.
    const qos = version === "5" ? 1 : 0;
    assert.deepEqual((await rows()).sort(), [`a/1 1 ${qos}`, `a/2 2 ${qos}`]);
  });
}

test("--max-payload leaves out and counts longer payloads", async (fixture) => {
  const { record, publish, quit, rows } = fixture;
  const program = await record("--max-payload", "3");
  for (const payload of ["123", "1234", "12345"]) await publish("a", payload);
  assert.match(await quit(program), /2 messages left out: longer than 3 bytes/);
  assert.deepEqual(await rows(), ["a 123 1"]);
});

test("--topic subscribes with the QoS after the colon", async (fixture) => {
  const { record, publish, quit, rows } = fixture;
  const program = await record("--topic-qos", "zero/#=0", "--topic-qos", "two/#=2");
  for (const topic of ["zero/1", "two/1", "a/1"]) await publish(topic, "x", "-q", "2");
  await quit(program);
  assert.deepEqual((await rows()).sort(), ["a/1 x 1", "two/1 x 2", "zero/1 x 0"]);
});

test("--status-topic holds online while recording, offline after q and after a kill", async (fixture) => {
  const { cwd, broker, record, quit } = fixture;
  /** The retained status that a new subscriber gets. */
  const status = async () => {
    const seen = start(
      [
        ...["--broker", `127.0.0.1:${broker.port}`, "-t", "state", "--count", "1"],
        ...["--output", "seen/s", "--session-expiry", "0"],
      ],
      { cwd },
    );
    await seen.ended;
    const rows = await readCsv(`${cwd}/seen/s.csv`);
    await Deno.remove(`${cwd}/seen`, { recursive: true });
    return rows.map(({ payload, retain }) => `${payload} ${retain}`);
  };
  for (const signal of [undefined, "SIGKILL"] as const) {
    const program = await record("--status-topic", "state");
    assert.deepEqual(await status(), ["online true"]);
    if (signal === undefined) await quit(program);
    else program.child.kill(signal);
    await program.ended;
    assert.deepEqual(await status(), ["offline true"]);
  }
});
