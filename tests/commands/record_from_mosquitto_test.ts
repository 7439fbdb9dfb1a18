import assert from "node:assert/strict";
import { inFolder, readCsv, readJson, run, start } from "../support/program.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";

/** A test against a real broker. */
function test(name: string, body: (folder: string, broker: Mosquitto) => Promise<void>) {
  Deno.test({
    name,
    ignore: withoutMosquitto,
    fn: () =>
      inFolder(async (folder) => {
        await using broker = await Mosquitto.start(folder);
        await body(folder, broker);
      }),
  });
}

for (const qos of ["0", "1", "2"]) {
  test(
    `mqttrec records 10,000 messages at QoS ${qos} in both files, in order`,
    async (cwd, broker) => {
      const program = start(
        ["--port", String(broker.port), "--broker", "127.0.0.1", "--qos", qos, "--count", "20000"],
        { cwd },
      );
      await program.waitForOutput("Files:");
      const lines = (name: string) => Array.from({ length: 10_000 }, (_, i) => `${name} ${i}`);
      await Promise.all(
        ["a", "b"].map((name) =>
          broker.publish(["-t", `sensors/${name}`, "-l", "-q", qos], lines(name).join("\n") + "\n")
        ),
      );
      const { code, stderr } = await program.ended;
      assert.equal(code, 0, stderr);
      const csv = await readCsv(`${cwd}/exports/mqtt_data.csv`);
      assert.deepEqual(await readJson(`${cwd}/exports/mqtt_data.json`), csv);
      for (const name of ["a", "b"]) {
        const payloads = csv.filter(({ topic }) => topic === `sensors/${name}`)
          .map(({ payload }) => payload);
        assert.deepEqual(payloads, lines(name));
      }
      assert.ok(csv.every((row) => row.qos === qos && row.dup === "false"));
    },
  );
}

const bytes = (text: string) => new TextEncoder().encode(text);
/** Payloads and topics that break careless writers. */
const NASTY: readonly (readonly [string, Uint8Array])[] = [
  ["sensors/empty", new Uint8Array()],
  ["sensors/nul", Uint8Array.of(65, 0, 66)],
  ["sensors/invalid", Uint8Array.of(0xff, 0xfe, 0xc3, 0x28)],
  ["sensors/half", Uint8Array.of(0xe2, 0x82)],
  ["sensors/cr", bytes("a\rb")],
  ["sensors/lf", bytes("a\nb")],
  ["sensors/crlf", bytes("a\r\nb\r\n")],
  ["sensors/quotes", bytes('say "hi", "you"')],
  ["sensors/quote", bytes('"')],
  ["sensors/commas", bytes(",,,")],
  ["sensors/bom", bytes("\ufeff23.7")],
  ["sensors/emoji", bytes("👋🏽 température 21,5 °C")],
  ["sensors/separators", bytes("a\u0085b\u2028c\u2029d\x0be\x0cf")],
  ["sensors/formula", bytes("=1+1")],
  ["sensors/ansi", bytes("\x1b[2J\x1b[31mred\x1b[0m\x07")],
  ["sensors/json", bytes('{"a": [1, "\\u0000"]}')],
  ["sensors/spaces", bytes("  \t ")],
  ["sensors/row", bytes("x\r\n2026-11-23T10:00:00.123Z,a,b,utf-8,1,false,false\r\n")],
  ["sensors/backslash", bytes('\\"\\n\\')],
  ["sensors/__proto__", bytes("polluted")],
  ['sensors/a,"b";|', bytes("topic")],
  ["sensors/é👋\u202e", bytes("topic")],
  ["sensors/big", new Uint8Array(1 << 20).map((_, i) => i * 7 + (i >> 8))],
  ["sensors/bigtext", bytes('é"\r\n'.repeat(1 << 18))],
];

const PYTHON = `
import base64, csv, json, sys
csv.field_size_limit(2**31 - 1)
def load(rows):
    return [[r["topic"], (base64.b64decode(r["payload"]) if r["encoding"] == "base64"
             else r["payload"].encode("utf-8")).hex(), r["encoding"]] for r in rows]
with open(sys.argv[1] + ".csv", newline="", encoding="utf-8") as f: a = load(csv.DictReader(f))
with open(sys.argv[1] + ".json", encoding="utf-8") as f: b = load(json.load(f))
assert a == b, "the files differ"
json.dump(a, sys.stdout)
`;

test(
  "mqttrec records unusual payloads and topics byte-exactly, as read by Python",
  async (cwd, broker) => {
    const program = start(["--broker", `127.0.0.1:${broker.port}`, "--lang", "en"], { cwd });
    await program.waitForOutput("Files:");
    for (const [topic, payload] of NASTY) {
      await broker.publish(
        ["-t", topic, "-q", "1", payload.length > 0 ? "-s" : "-n"],
        payload,
      );
    }
    await program.type("q");
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    assert.ok(stderr.includes(`${NASTY.length} messages recorded`), stderr);
    // deno-lint-ignore no-control-regex -- control characters must not reach a terminal
    assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    const python = await new Deno.Command("python3", {
      args: ["-c", PYTHON, `${cwd}/exports/mqtt_data`],
      env: { PYTHONIOENCODING: "utf-8" },
    }).output();
    assert.ok(python.success, new TextDecoder().decode(python.stderr));
    const rows: [string, string, string][] = JSON.parse(new TextDecoder().decode(python.stdout));
    assert.equal(rows.length, NASTY.length);
    for (const [i, [topic, payload]] of NASTY.entries()) {
      assert.equal(rows[i]![0], topic);
      assert.ok(rows[i]![1] === payload.toHex(), topic);
    }
    const base64 = rows.filter(([, , encoding]) => encoding === "base64").map(([topic]) => topic);
    assert.deepEqual(base64, ["sensors/nul", "sensors/invalid", "sensors/half", "sensors/big"]);
  },
);

test(
  "mqttrec reports a broker that goes away and comes back, and records on",
  async (cwd, broker) => {
    const program = start(["--broker", `127.0.0.1:${broker.port}`], { cwd });
    await program.waitForOutput("Files:");
    await broker.publish(["-t", "sensors/a", "-m", "before", "-q", "1"]);
    await broker.stop("SIGKILL");
    await program.waitForOutput("lost");
    await broker.start();
    await program.waitForOutput("again");
    await broker.publish(["-t", "sensors/a", "-m", "after", "-q", "1"]);
    await program.type("q");
    assert.equal((await program.ended).code, 0);
    const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
    assert.deepEqual(rows.map(({ payload }) => payload), ["before", "after"]);
  },
);

test("mqttrec simulates on when the broker is back", async (cwd, broker) => {
  const flags = ["--simulate", "--sensors", "20", "--interval", "0.02"];
  const program = start(["--broker", `127.0.0.1:${broker.port}`, ...flags], { cwd });
  await program.waitForOutput("Simulating");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await broker.stop("SIGKILL");
  await program.waitForOutput("lost");
  const before = (await readCsv(`${cwd}/exports/mqtt_data.csv`)).length;
  await broker.start();
  await program.waitForOutput("again");
  await new Promise((resolve) => setTimeout(resolve, 500));
  await program.type("q");
  assert.equal((await program.ended).code, 0);
  const rows = (await readCsv(`${cwd}/exports/mqtt_data.csv`)).slice(before);
  assert.equal(new Set(rows.map(({ topic }) => topic)).size, 20);
  assert.ok(rows.length > 100, `${rows.length} rows after the restart`);
});

test(
  "mqttrec receives messages published since a kill when it is started again",
  async (cwd, broker) => {
    const flags = ["--broker", `127.0.0.1:${broker.port}`];
    const program = start(flags, { cwd });
    await program.waitForOutput("Files:");
    await broker.publish(["-t", "sensors/a", "-m", "one", "-q", "1"]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    program.child.kill("SIGKILL");
    await program.ended;
    await broker.publish(["-t", "sensors/a", "-m", "two", "-q", "1"]);
    const again = start([...flags, "--count", "1"], { cwd });
    assert.equal((await again.ended).code, 0);
    const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
    assert.deepEqual(rows.map(({ payload }) => payload), ["one", "two"]);
  },
);

test("mqttrec deletes its session at a wanted end", async (cwd, broker) => {
  const flags = ["--broker", `127.0.0.1:${broker.port}`];
  const program = start(flags, { cwd });
  await program.waitForOutput("Files:");
  await program.type("q");
  assert.equal((await program.ended).code, 0);
  await broker.publish(["-t", "sensors/a", "-m", "nobody hears this", "-q", "1"]);
  await run([...flags, "--duration", "500ms"], { cwd });
  assert.deepEqual(await readCsv(`${cwd}/exports/mqtt_data.csv`), []);
});

test("mqttrec marks retained messages", async (cwd, broker) => {
  await broker.publish(["-t", "sensors/a", "-m", "kept", "-q", "1", "-r"]);
  const { code } = await run(["--broker", `127.0.0.1:${broker.port}`, "--count", "1"], { cwd });
  assert.equal(code, 0);
  const [row] = await readJson(`${cwd}/exports/mqtt_data.json`);
  assert.deepEqual([row!.payload, row!.retain, row!.dup], ["kept", "true", "false"]);
});

Deno.test({
  name: "mqttrec exits 3 if the broker refuses the credentials",
  ignore: withoutMosquitto,
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd, ["allow_anonymous false"]);
      const { code, stderr } = await run(["--broker", `127.0.0.1:${broker.port}`], { cwd });
      assert.equal(code, 3, stderr);
      assert.match(stderr, /^Cannot connect to "127\.0\.0\.1:\d+": the broker wants a user name/);
    }),
});

Deno.test({
  name: "mqttrec records with the lower QoS that the broker grants, and logs it",
  ignore: withoutMosquitto,
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd, ["max_qos 0"]);
      const at = ["--broker", `127.0.0.1:${broker.port}`, "--lang", "en", "--output", "x"];
      const { code, stderr } = await run([...at, "--duration", "1"], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Cannot subscribe to "sensors\/#" with QoS 1: the broker grants only/);
      const gaps = await Deno.readTextFile(`${cwd}/x.gaps.csv`);
      assert.match(gaps, /,subscription downgraded: sensors\/#,kept,yes\r?\n$/);
    }),
});
