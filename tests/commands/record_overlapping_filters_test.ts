/** Overlapping filters with a default Mosquitto. */

import assert from "node:assert/strict";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, readCsv, type Running, start } from "../support/program.ts";

interface Fixture {
  readonly cwd: string;
  record(...flags: string[]): Promise<Running>;
  publish(topic: string, payloads: readonly string[], ...flags: string[]): Promise<void>;
  /** Ends it with q; resolves with its output. */
  quit(program: Running): Promise<string>;
  /** `payload qos` of every row. */
  rows(): Promise<string[]>;
}

function test(name: string, body: (fixture: Fixture) => Promise<void>) {
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
            await program.waitForOutput("Files:");
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

test("mqttrec records equal messages of overlapping filters once each, with the highest QoS", async (fixture) => {
  const program = await fixture.record(
    ...["-t", "a/+/c", "-t", "a/b/#", "-t", "+/b/c", "-t", "#"],
    ...["--topic-qos", "a/+/c=0", "--topic-qos", "a/b/#=2", "--topic-qos", "#=0"],
  );
  await fixture.publish("a/b/c", FIVE);
  await fixture.publish("x", ["x"]);
  const output = await fixture.quit(program);
  assert.deepEqual(await fixture.rows(), [...FIVE.map((payload) => `${payload} 2`), "x 0"]);
  assert.doesNotMatch(output, /several times/);
});

test("--count counts rows, not copies", async (fixture) => {
  const first = await fixture.record(...PARTLY, "--count", "3");
  await fixture.publish("a/b/c", ["1", "2", "3"]);
  assert.equal((await first.ended).code, 0);
  assert.deepEqual(await fixture.rows(), ["1 1", "2 1", "3 1"]);
});

test("mqttrec records retained messages of overlapping filters once each", async (fixture) => {
  for (const topic of ["a/b/c", "a/x/c", "a/b/d"]) await fixture.publish(topic, [topic], "-r");
  const program = await fixture.record(...PARTLY, "--retained-only");
  await fixture.publish("a/b/c", ["new"]);
  assert.equal((await program.ended).code, 0);
  assert.deepEqual((await fixture.rows()).sort(), ["a/b/c 1", "a/b/d 1", "a/x/c 1"]);
});

for (const end of ["q", "SIGKILL"] as const) {
  test(`mqttrec records stored messages once each after ${end}`, async (fixture) => {
    const first = await fixture.record(...PARTLY, "--keep-session");
    await fixture.publish("a/b/c", FIVE);
    while ((await fixture.rows()).length < 5) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The state is noted once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    if (end === "q") await fixture.quit(first);
    else first.child.kill(end);
    await first.ended;
    await fixture.publish("a/b/c", ["4", "4", "5"]);
    const again = await fixture.record(...PARTLY);
    await fixture.publish("a/b/c", ["6"]);
    await fixture.quit(again);
    const all = [...FIVE, "4", "4", "5", "6"].map((payload) => `${payload} 1`);
    assert.deepEqual(await fixture.rows(), all);
  });
}

test("mqttrec records every stored message after a change of filters", async (fixture) => {
  const first = await fixture.record(...PARTLY, "--keep-session");
  await fixture.quit(first);
  await fixture.publish("a/b/c", ["1"]);
  const again = await fixture.record("--topic-qos", "+/b/c=2", "-t", "a/b/#", "-t", "x");
  await fixture.publish("a/b/c", ["2"]);
  await fixture.publish("a/x/c", ["not asked for any more"]);
  await fixture.quit(again);
  const rows = await fixture.rows();
  assert.equal(rows.at(-1), "2 2");
  assert.ok(rows.includes("1 1"));
  assert.equal(rows.filter((row) => row.startsWith("2")).length, 1);
});

test("mqttrec names at the start the filters with copies in MQTT 3.1.1", async (fixture) => {
  const program = await fixture.record(...PARTLY, "-t", "y", "-V", "3.1.1");
  await fixture.publish("a/b/c", FIVE);
  assert.match(await fixture.quit(program), /several times: a\/\+\/c, a\/b\/#\n/);
  assert.deepEqual(await fixture.rows(), FIVE.map((payload) => `${payload} 1`));
});

test("mqttrec loses nothing with a shared subscription beside another filter, and reports it", async (fixture) => {
  const program = await fixture.record("-t", "$share/g/a/#", "-t", "a/b/c");
  await fixture.publish("a/b/c", ["1"]);
  await fixture.publish("a/x", ["2"]);
  assert.match(await fixture.quit(program), /several times: \$share\/g\/a\/#, a\/b\/c\n/);
  assert.deepEqual((await fixture.rows()).sort(), ["1 1", "1 1", "2 1"]);
});

test("mqttrec records no subscription identifiers as properties", async (fixture) => {
  const program = await fixture.record(...PARTLY, "--properties");
  await fixture.publish("a/b/c", ["1"], "-V", "5", "-D", "publish", "content-type", "text/plain");
  await fixture.publish("a/b/c", ["2"]);
  await fixture.quit(program);
  const text = await Deno.readTextFile(`${fixture.cwd}/exports/x.json`);
  const rows: { payload: string; properties?: object }[] = JSON.parse(text);
  assert.deepEqual(rows.map(({ payload, properties = {} }) => [payload, properties]), [
    ["1", { contentType: "text/plain" }],
    ["2", {}],
  ]);
});
