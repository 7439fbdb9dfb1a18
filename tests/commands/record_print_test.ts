/** `--print`, as it is piped to other programs; the files are whole whatever these do. */

import assert from "node:assert/strict";
import { sentences } from "../../lib/locale/mod.ts";
import { startTask, withoutTerminal } from "../support/as_user.ts";
import { inCheckout } from "../support/checkout.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, programCommand, readCsv, readJson, startCommand } from "../support/program.ts";

const { live } = sentences("en");
const COUNT = 3_000;
/** Together less than what may wait for a reader. */
const PAYLOAD = "x".repeat(500);
/** Together more than every buffer between us and a reader. */
const LONG_PAYLOAD = "x".repeat(6_000);

/** Runs the program before `reader` in a pipe of the shell, with messages from Mosquitto. */
function piped(
  name: string,
  flags: readonly string[],
  reader: string,
  check: (parts: { stdout: string; stderr: string; cwd: string }) => Promise<void> | void,
  payload = PAYLOAD,
): void {
  Deno.test({
    name,
    ignore: withoutMosquitto || Deno.build.os === "windows",
    fn: () =>
      inFolder(async (cwd) => {
        await using broker = await Mosquitto.start(cwd);
        const all = ["--broker", "127.0.0.1", "--port", String(broker.port), ...flags];
        const command = programCommand([...all, "--count", String(COUNT)], cwd);
        const shell = ["sh", "-c", `{ "$@"; echo "code $?" >&2; touch done; } | ${reader}`, "sh"];
        const program = startCommand([...shell, ...command], { cwd, stdin: "null" });
        await program.waitForOutput("Files:");
        const lines = Array.from({ length: COUNT }, (_, i) => `${i} ${payload}\n`);
        await broker.publish(["-t", "sensors/a", "-q", "1", "-l"], lines.join(""));
        const { stdout, stderr } = await program.ended;
        assert.match(stderr, /^code 0$/m);
        const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
        assert.deepEqual(rows.map(({ payload }) => `${payload}\n`), lines);
        assert.deepEqual(await readJson(`${cwd}/exports/mqtt_data.json`), rows);
        await check({ stdout, stderr, cwd });
      }),
  });
}

piped("--print prints every message for a reader that takes it", ["--print"], "cat", (
  { stdout, stderr },
) => {
  const expected = Array.from({ length: COUNT }, (_, i) => `sensors/a ${i} ${PAYLOAD}\n`);
  assert.equal(stdout, expected.join(""));
  assert.ok(!stderr.includes("not printed"), stderr);
});

piped("--print=csv prints the rows of the file", ["--print=csv"], "cat", async (
  { stdout, cwd },
) => {
  assert.equal(stdout, await Deno.readTextFile(`${cwd}/exports/mqtt_data.csv`));
});

piped("--print=json prints the objects of the file, one a line", ["--print=json"], "cat", async (
  { stdout, cwd },
) => {
  const file = await Deno.readTextFile(`${cwd}/exports/mqtt_data.json`);
  assert.equal(`[\n${stdout.trimEnd().replaceAll("\n", ",\n")}\n]\n`, file);
});

piped("--print | head ends the printing only, and says so", ["--print"], "head -n 2", (
  { stdout, stderr },
) => {
  assert.equal(stdout, `sensors/a 0 ${PAYLOAD}\nsensors/a 1 ${PAYLOAD}\n`);
  assert.ok(stderr.includes(live.printClosed), stderr);
});

piped(
  "--print into a reader that stopped counts what it did not take",
  ["--print"],
  // It takes what the pipe holds when the program has ended.
  "{ while [ ! -e done ]; do sleep 0.1; done; wc -l; }",
  ({ stdout, stderr }) => {
    assert.ok(stderr.includes(live.printLate), stderr);
    const [, leftOut, printed] = /([\d,]+) lines not printed \(([\d,]+) were\)/.exec(stderr)!
      .map((text) => Number(text.replaceAll(",", "")));
    assert.equal(leftOut! + printed!, COUNT);
    assert.ok(leftOut! > 0 && Number(stdout) < COUNT, stdout);
  },
  LONG_PAYLOAD,
);

Deno.test({
  name: "--print shows messages above the status line of a terminal, and controls nothing there",
  ignore: withoutMosquitto || withoutTerminal,
  fn: () =>
    inFolder((folder) =>
      inCheckout(async (checkout) => {
        await using broker = await Mosquitto.start(folder, [], { asInstalled: true });
        for (const print of ["--print", "--print=csv", "--print=json"]) {
          const flags = [
            "--broker",
            `localhost:${broker.port}`,
            print,
            "--output",
            `exports/${print.slice(2)}`,
          ];
          await using program = startTask("start", flags, { checkout, columns: 80 });
          await program.waitForOutput("Type 'q' to quit: ");
          await broker.publish(["-t", "sensors/a", "-m", "\x1b[2J\r\n\x1b]0;x\x07 21.5 °C"]);
          await program.waitForOutput(/1 message .* ago/);
          const { text } = program.screen;
          assert.match(
            text,
            /sensors\/a[^]*0;x[^]*21\.5 °C[^]*\n.*1 message .*\nType 'q' to quit:$/,
          );
          assert.match(text, /(?:^|\n)Connected to /);
          await program.type("q");
          assert.equal((await program.ended).code, 0);
        }
      })
    ),
});
