/** Marks, as they are typed or piped, and what is left of them after a kill. */

import assert from "node:assert/strict";
import { readMarks } from "../../lib/marks/read_marks.ts";
import { inCheckout } from "../support/checkout.ts";
import { startTask, withoutTerminal } from "../support/as_user.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, run, start } from "../support/program.ts";

async function marksIn(folder: string): Promise<string[]> {
  const texts: string[] = [];
  await readMarks(`${folder}/exports/mqtt_data`, ({ text }) => texts.push(text));
  return texts;
}

Deno.test({
  name: "marks of every kind that were told survive a kill -9, and the next run continues them",
  ignore: withoutMosquitto,
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd);
      const flags = ["--broker", "127.0.0.1", "--port", String(broker.port)];
      const texts = ["", 'said "now", twice', "x".repeat(1_000_000), "\x1b[2J\rescape", "é 湿 👋"];
      for (const round of [0, 1]) {
        const program = start(flags, { cwd });
        await program.waitForOutput("Files:");
        for (const [i, text] of texts.entries()) {
          await program.type(`m ${text}`);
          await program.waitForOutput(new RegExp(`(?:Marked [^]*){${i + 1}}`));
        }
        program.child.kill("SIGKILL");
        const { stderr } = await program.ended;
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f]/);
        assert.deepEqual(await marksIn(cwd), Array(round + 1).fill(texts).flat());
      }
      await Deno.writeTextFile(`${cwd}/exports/mqtt_data.marks.csv`, "torn", { append: true });
      const check = await run(["check", "exports/mqtt_data"], { cwd });
      assert.equal(check.code, 1);
      assert.match(check.stdout, /marks\.csv: 10 marks\n {2}TORN: the last 4 bytes/);
      const repaired = await run(["check", "exports/mqtt_data", "--repair"], { cwd });
      assert.equal(repaired.code, 0, repaired.stdout + repaired.stderr);
      assert.match(repaired.stdout, /marks\.csv: 10 marks\n/);
    }),
});

Deno.test({
  name: "deno task start shows the table, notes a mark in it, and leaves the terminal as it was",
  ignore: withoutMosquitto || withoutTerminal,
  fn: () =>
    inFolder((folder) =>
      inCheckout(async (checkout) => {
        await using broker = await Mosquitto.start(folder, [], { asInstalled: true });
        const flags = ["--broker", `localhost:${broker.port}`, "--duration", "1h"];
        await using program = startTask("start", flags, { checkout, columns: 80 });
        await program.waitForOutput("Type 'q' to quit: ");
        await broker.publish(["-t", "sensors/\u202e", "-m", "\x1b]0;x\x07 21.5 °C"]);
        await program.waitForOutput(/1 message .* ago/);
        assert.match(program.screen.text, /1 message · 0:\d\d of 1:00:00/);
        await program.type("v");
        await program.waitForOutput("PgUp PgDn");
        const rows = program.screen.text.split("\n");
        assert.match(rows[0]!, /^Topic .* Age {2,}Rate$|^Topic .* Age$/);
        assert.match(rows[1]!, /^sensors\/\\u\{202e\} +\\x1b\]0;x\\x07 21\.5 °C +\d+ s/);
        await program.press("m");
        await program.waitForOutput("Mark: ");
        await program.type("door opened");
        await program.waitForOutput(/Marked .*: door opened/);
        await program.press("v");
        // deno-lint-ignore no-control-regex
        await program.waitForOutput(/\x1b\[\?1049l[^]*Marked/);
        await program.type("q");
        const { code, stdout } = await program.ended;
        assert.deepEqual([code, stdout], [0, ""]);
        assert.equal(program.screen.second, false);
        assert.match(program.screen.text, /1 mark noted \(exports\/mqtt_data\.marks\.csv\)/);
        assert.deepEqual(await marksIn(checkout), ["door opened"]);
      })
    ),
});
