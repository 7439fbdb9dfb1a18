/** Gaps and marks that their files do not take until the end, and where they are then. */

import assert from "node:assert/strict";
import { sentences } from "../../lib/locale/mod.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, run, start } from "../support/program.ts";

Deno.test({
  name:
    "gaps and marks that no file takes are told, end with code 1, and the next start has the gaps",
  ignore: withoutMosquitto,
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd);
      const output = `${cwd}/exports/mqtt_data`, gapLog = "exports/mqtt_data.gaps.csv";
      for (const lang of ["en", "fr"] as const) {
        const t = sentences(lang);
        const flags = ["--broker", "127.0.0.1", "--port", String(broker.port), "--lang", lang];
        const program = start(flags, { cwd });
        await program.waitForOutput(t.recordingTo(""));
        for (const kind of ["gaps", "marks"]) await Deno.mkdir(`${output}.${kind}.csv`);
        await program.type("m door opened at noon");
        await program.waitForOutput(t.live.markWaits("").trim());
        await broker.stop();
        await broker.start();
        const [why, remedy] = t.rowsWait(t.isDirectory(gapLog).split("\n")[0]!, false).split("\n");
        await program.waitForOutput(remedy!);
        await program.type("q");
        const { code, stderr } = await program.ended;
        assert.equal(code, 1, stderr);
        // Once while it records, once at the end.
        assert.equal(stderr.split(why!).length, 3, stderr);
        assert.equal(stderr.split(remedy!).length, 2, stderr);
        assert.doesNotMatch(stderr, /\(exports\/mqtt_data\.(?:gaps|marks)\.csv\)/);
        const lost = t.live.marksLost("", 1).trim();
        const [, marks = ""] = stderr.split(lost);
        assert.match(marks, /^\s+\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}door opened at noon\n/);
        assert.ok(stderr.includes(t.rowsKept("", false).trim()), stderr);
        assert.ok(stderr.trimEnd().endsWith(t.endedIncomplete), stderr);
        const check = await run(["check", output, "--lang", lang], { cwd });
        assert.equal(check.code, 1, check.stdout);

        for (const kind of ["gaps", "marks"]) await Deno.remove(`${output}.${kind}.csv`);
        const next = await run([...flags, "--duration", "100ms"], { cwd });
        assert.equal(next.code, 0, next.stderr);
        const [, row, ...more] = (await Deno.readTextFile(`${cwd}/${gapLog}`)).split("\r\n");
        assert.match(row!, /,connection lost,lost,yes$/);
        assert.deepEqual(more, [""]);
        const last = await run([...flags, "--duration", "100ms"], { cwd });
        assert.equal(last.code, 0, last.stderr);
        assert.equal((await Deno.readTextFile(`${cwd}/${gapLog}`)).split("\r\n").length, 3);
        await Deno.remove(`${cwd}/exports`, { recursive: true });
      }
    }),
});
