import assert from "node:assert/strict";
import { checkRecording } from "../../lib/check/check_recording.ts";
import { isWell, renderFindings } from "../../lib/check/check_report.ts";
import { repair } from "../../lib/check/repair.ts";
import { type FormatName, FORMATS } from "../../lib/formats/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { namedRecordings } from "../../lib/reading/named_recordings.ts";
import { arbitraryMessage, batchOf, fileOf, message, seeded } from "../support/arbitrary.ts";
import { onBench, record } from "../support/recording_fixture.ts";

const ALL = ["csv", "json", "ndjson"] as const satisfies readonly FormatName[];
const en = sentences("en");

async function assertThree(output: string, messages: readonly Message[]): Promise<void> {
  for (const name of ALL) {
    const found = await Deno.readFile(`${output}.${name}`);
    assert.deepEqual(found, fileOf(FORMATS[name], messages), name);
  }
}

/** The rows that each of the three has, as if `i` of them had come so far. */
const DIVERGED: readonly (readonly [number, number, number])[] = [
  [1, 2, 3],
  [3, 2, 1],
  [1, 3, 1],
  [2, 1, 3],
  [0, 3, 0],
  [3, 3, 2],
];
const random = seeded(18);
const ROWS = Array.from({ length: 3 }, () => arbitraryMessage(random));

Deno.test("Recorder.record() writes three formats with the same rows", () =>
  onBench(async ({ output, open }) => {
    const all = Array.from({ length: 200 }, () => arbitraryMessage(random));
    using recorder = await open({ formats: ["ndjson", "csv", "json"] });
    await record(recorder, batchOf(all.slice(0, 150)));
    await record(recorder, batchOf(all.slice(150)));
    await assertThree(output, all);
    assert.deepEqual(recorder.files.map(({ path }) => path), ALL.map((n) => `${output}.${n}`));
  }));

for (const previousEnd of ["killed", "ended", "unknown"] as const) {
  Deno.test(`Recorder.open() reconciles three diverged files of a run that ${previousEnd}`, async () => {
    for (const counts of DIVERGED) {
      await onBench(async ({ output, open }) => {
        for (const [i, name] of ALL.entries()) {
          await Deno.writeFile(
            `${output}.${name}`,
            fileOf(FORMATS[name], ROWS.slice(0, counts[i])),
          );
        }
        const checkpoints = Object.fromEntries(
          ALL.map((
            name,
          ) => [name, fileOf(FORMATS[name], ROWS.slice(0, Math.min(...counts))).length]),
        );
        using _ = await open({ formats: ALL, checkpoints, previousEnd });
        await assertThree(output, ROWS);
      });
    }
  });
}

Deno.test("check compares three files, and repair() reconciles them", async () => {
  for (const counts of DIVERGED) {
    await onBench(async ({ output }) => {
      for (const [i, name] of ALL.entries()) {
        await Deno.writeFile(`${output}.${name}`, fileOf(FORMATS[name], ROWS.slice(0, counts[i])));
      }
      const [named] = await namedRecordings([output], assert.fail);
      const findings = await checkRecording(named!);
      assert.equal(isWell(findings), false);
      await repair(named!, findings, en);
      await assertThree(output, ROWS);
      const after = await checkRecording(named!);
      assert.equal(isWell(after), true);
      const lines = renderFindings(after, undefined, en);
      assert.equal(lines.at(-1), "CSV, JSON and NDJSON hold the same 3 rows");
    });
  }
});

Deno.test("check finds the one of three files that differs", () =>
  onBench(async ({ output }) => {
    const other = [ROWS[0]!, message("other", "1"), ROWS[2]!];
    for (const different of ALL) {
      for (const name of ALL) {
        const rows = name === different ? other : ROWS;
        await Deno.writeFile(`${output}.${name}`, fileOf(FORMATS[name], rows));
      }
      const [named] = await namedRecordings([output], assert.fail);
      const { standings } = await checkRecording(named!);
      assert.ok(standings.some((one) => one.type === "different" && one.row === 2), different);
    }
  }));
