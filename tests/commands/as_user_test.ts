import assert from "node:assert/strict";
import {
  type Launcher,
  type RunningTask,
  startTask,
  withoutNpx,
  withoutTerminal,
} from "../support/as_user.ts";
import { KEY_PASSWORD } from "../support/certificates.ts";
import { inCheckout } from "../support/checkout.ts";
import { type Listeners, startListeners, withoutListeners } from "../support/listeners.ts";
import { rowCount, waitFor } from "../interop/recordings.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { freePort, inFolder, readCsv, readJson } from "../support/program.ts";

const PAYLOADS = ["21.5 °C", '{"v": 1}', "x".repeat(5_000)];
const QOS = ["0", "1", "2"];
const COUNT = PAYLOADS.length * QOS.length;

/** The flags of that broker. */
const on = (broker: Mosquitto) => ["--broker", `localhost:${broker.port}`];

/** The payloads of each QoS, which has its own topic. */
async function publish(broker: Mosquitto, login: readonly string[] = []): Promise<void> {
  const lines = PAYLOADS.map((payload) => `${payload}\n`).join("");
  for (const qos of QOS) {
    await broker.publish([...login, "-t", `sensors/q${qos}`, "-q", qos, "-l"], lines);
  }
}

/** Publishes once it records; resolves when its status line counts them all. */
async function showsAll(program: RunningTask, ...by: Parameters<typeof publish>): Promise<void> {
  await program.waitForOutput("Type 'q' to quit: ");
  await publish(...by);
  await program.waitForOutput(new RegExp(`${COUNT} messages .* ago`));
}

/**
 * Asserts that both files hold what was published, and that exports/ holds nothing else but the lock
 * file, which remembers for the next run that messages with QoS 0 came. There is no gap log.
 */
async function assertRecorded(checkout: string): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(`${checkout}/exports`));
  assert.deepEqual(entries.map(({ name }) => name).sort(), [
    "mqtt_data.csv",
    "mqtt_data.json",
    "mqtt_data.lock",
  ]);
  const rows = await readCsv(`${checkout}/exports/mqtt_data.csv`);
  assert.deepEqual(await readJson(`${checkout}/exports/mqtt_data.json`), rows);
  assert.deepEqual(
    rows.map(({ topic, payload }) => `${topic} ${payload}`).sort(),
    QOS.flatMap((qos) => PAYLOADS.map((payload) => `sensors/q${qos} ${payload}`)).sort(),
  );
}

/** Durations and sizes differ from run to run. */
function withoutFigures(text: string): string {
  return text.replaceAll(/\d+(\.\d+)? (ms|s|B|KB)\b/g, "…");
}

const SUMMARY = `${COUNT} messages recorded in …
  exports/mqtt_data.csv  …
  exports/mqtt_data.json  …
👋 Program ended.`;

/** A test with a checkout and a default Mosquitto; skipped for the reason `without`. */
function test(
  name: string,
  without: boolean,
  body: (checkout: string, broker: Mosquitto) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: withoutMosquitto || without,
    fn: () =>
      inFolder((folder) =>
        inCheckout(async (checkout) => {
          await using broker = await Mosquitto.start(folder, [], { asInstalled: true });
          await body(checkout, broker);
        })
      ),
  });
}

/** Launchers, and the width of their terminal. */
const TERMINALS: Readonly<Record<Launcher, number>> = { npx: 80, deno: 60 };

for (const [launcher, columns] of Object.entries(TERMINALS) as [Launcher, number][]) {
  const without = withoutTerminal || launcher === "npx" && withoutNpx;

  test(
    `${launcher} task start shows its status in a terminal until q is typed`,
    without,
    async (checkout, broker) => {
      await using program = startTask("start", on(broker), { checkout, launcher, columns });
      await showsAll(program, broker);
      const address = on(broker)[1];
      const [connected, files, status = "", prompt, ...more] = program.screen.text.split("\n");
      assert.deepEqual([connected, files, prompt, ...more], [
        ...[`Connected to ${address}, recording sensors/#`],
        ...["Files: exports/mqtt_data.csv, exports/mqtt_data.json", "Type 'q' to quit:"],
      ]);
      // The narrow terminal has no room for the address.
      const where = columns < 80 ? "" : `${address} · `;
      assert.ok(status.startsWith(`${where}sensors/# · ${COUNT} messages · `), status);
      assert.ok(status.length < columns, status);
      await program.type("s");
      await program.waitForOutput("Activity");
      await program.type("q");
      const { code, stdout } = await program.ended;
      assert.deepEqual([code, stdout], [0, ""]);
      const end = program.screen.text.split("\n").slice(-5).join("\n");
      assert.equal(withoutFigures(end), `Type 'q' to quit: q\n${SUMMARY}`);
      await assertRecorded(checkout);
    },
  );
}

/** Other ends of a recording in a terminal; a closed window shows nothing. */
const ENDS: Readonly<Record<string, (program: RunningTask) => Promise<void>>> = {
  "Ctrl+C": (program) => program.press("\x03"),
  "a closed window": (program) => program.endInput(),
};

for (const [name, end] of Object.entries(ENDS)) {
  test(`deno task start ends on ${name} as on q`, withoutTerminal, async (checkout, broker) => {
    await using program = startTask("start", on(broker), { checkout, columns: 120 });
    await showsAll(program, broker);
    await end(program);
    const { code, stdout } = await program.ended;
    assert.deepEqual([code, stdout], [0, ""]);
    const last = program.screen.text.split("\n").slice(-4).join("\n");
    if (name === "Ctrl+C") assert.equal(withoutFigures(last), SUMMARY);
    await assertRecorded(checkout);
  });
}

test(
  "deno task start ends on SIGTERM to its process group as on q",
  Deno.build.os === "windows",
  async (checkout, broker) => {
    await using program = startTask("start", on(broker), { checkout });
    await program.waitForOutput("Files:");
    await publish(broker);
    assert.ok(await waitFor(async () => await rowCount(checkout) === COUNT, 10_000));
    program.signal("SIGTERM");
    const { code, stdout, stderr } = await program.ended;
    assert.deepEqual([code, stdout], [0, ""]);
    assert.equal(
      withoutFigures(stderr),
      `Connected to ${on(broker)[1]}, recording sensors/#\n` +
        `Files: exports/mqtt_data.csv, exports/mqtt_data.json\n${SUMMARY}\n`,
    );
    await assertRecorded(checkout);
    await using verify = startTask("verify", ["exports/mqtt_data"], { checkout });
    const verified = await verify.ended;
    assert.deepEqual([verified.code, verified.stderr], [0, ""]);
    assert.match(verified.stdout, new RegExp(`: ${COUNT} rows\\b`));
  },
);

const NO_FLAG = /^Cannot use flag "--prot": it does not exist\nDid you mean --port\?.*\n$/;
const NO_BROKER = /^Cannot connect to "localhost:\d+": nothing is listening there\n.*\n$/;

/** Failing command lines: launcher, exit code, and the whole output. */
const FAILURES: readonly (readonly [Launcher, readonly string[], number, RegExp])[] = [
  ["npx", ["--prot"], 2, NO_FLAG],
  ["deno", ["--prot"], 2, NO_FLAG],
  ["deno", ["--port", String(freePort())], 3, NO_BROKER],
];

for (const [launcher, flags, expected, words] of FAILURES) {
  Deno.test({
    name: `${launcher} task start passes on exit code ${expected}, and prints nothing of its own`,
    ignore: launcher === "npx" && withoutNpx,
    fn: () =>
      inCheckout(async (checkout) => {
        await using program = startTask("start", flags, { checkout, launcher });
        const { code, stdout, stderr } = await program.ended;
        assert.deepEqual([code, stdout], [expected, ""]);
        assert.match(stderr, words);
      }),
  });
}

Deno.test({
  name: "deno task start hides a password typed at the prompt, and shows later input",
  ignore: withoutMosquitto || withoutTerminal,
  fn: () =>
    inFolder((folder) =>
      inCheckout(async (checkout) => {
        const password = "pä:ss w/rd";
        const file = `${folder}/users`;
        await Deno.writeTextFile(file, "");
        const args = ["-b", file, "anna", password];
        assert.ok((await new Deno.Command("mosquitto_passwd", { args }).output()).success);
        const lines = ["allow_anonymous false", `password_file ${file}`];
        await using broker = await Mosquitto.start(folder, lines, { asInstalled: true });
        const flags = [...on(broker), "--username", "anna"];
        await using program = startTask("start", flags, { checkout, columns: 80 });
        await program.waitForOutput("Password of anna:");
        await program.typeHidden(password);
        await showsAll(program, broker, ["-u", "anna", "-P", password]);
        await program.type("q");
        const { code, stdout, stderr } = await program.ended;
        assert.deepEqual([code, stdout], [0, ""]);
        assert.ok(program.screen.text.includes("Type 'q' to quit: q\n"), program.screen.text);
        for (const trace of ["pä", "ss w", "w/rd", "*"]) assert.ok(!stderr.includes(trace), stderr);
        await assertRecorded(checkout);
      })
    ),
});

const listeners: Listeners | undefined = withoutListeners ? undefined : await startListeners();

/** Connections that need more than plain MQTT, such as the system's certificates. */
const WAYS: Readonly<Record<string, (listeners: Listeners) => readonly string[]>> = {
  "TLS": ({ ports }) => ["--broker", `mqtts://localhost:${ports.tls}`],
  "a WebSocket in TLS": ({ ports }) => ["--broker", `wss://localhost:${ports.wss}/mqtt`],
  "TLS with a certificate of our own": ({ ports, tls }) => [
    ...["--broker", `mqtts://localhost:${ports.mutual}`, "--cert", `${tls}/client.crt`],
    ...["--key", `${tls}/client.pkcs8.key`, "--key-password-file", "exports/key.password"],
  ],
};

for (const [name, flags] of Object.entries(WAYS)) {
  Deno.test({
    name: `deno task start records through ${name}`,
    ignore: withoutListeners,
    fn: () =>
      inCheckout(async (checkout) => {
        const { broker, tls } = listeners!;
        const key = `${checkout}/exports/key.password`;
        await Deno.writeTextFile(key, `${KEY_PASSWORD}\n`);
        const all = [...flags(listeners!), "--cafile", `${tls}/authority.crt`];
        await using program = startTask("start", [...all, "--count", String(COUNT)], { checkout });
        await program.waitForOutput("Files:");
        await publish(broker);
        const { code, stderr } = await program.ended;
        assert.equal(code, 0, stderr);
        await Deno.remove(key);
        await assertRecorded(checkout);
      }),
  });
}

Deno.test("deno task simulate records with its own broker, typed as the user does", () =>
  inCheckout(async (checkout) => {
    const flags = ["--port", String(freePort()), "--interval", "0.05", "--count", "5"];
    await using program = startTask("simulate", flags, { checkout });
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Built-in broker started at [^]*\n👋 Program ended\.\n$/);
    const rows = await readCsv(`${checkout}/exports/mqtt_data.csv`);
    assert.equal(rows.length, 5);
  }));
