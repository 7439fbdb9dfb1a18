import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { readGapLogTotals } from "../../lib/gaps/gap_log_totals.ts";
import { GAP_COLUMNS } from "../../lib/message/gap.ts";
import { inFolder } from "../support/program.ts";

const HEADER = `${GAP_COLUMNS.join()}\r\n`;
const row = (seconds: number, cause: string) =>
  `2026-11-24T06:32:34.874Z,2026-11-24T06:33:34.874Z,${seconds},${cause},resumed,0\r\n`;

Deno.test("readGapLogTotals() counts the gaps and adds up their seconds", () =>
  inFolder(async (folder) => {
    const base = `${folder}/x`;
    const path = `${base}.gaps.csv`;
    assert.equal(await readGapLogTotals(base), undefined);
    const two = HEADER + row(60, "disconnected") + row(14.5, '"refused, ""a""\r\nb"');
    const cases: readonly (readonly [string, number, number])[] = [
      ["", 0, 0],
      [HEADER, 0, 0],
      [two, 2, 74.5],
      // A row that is being written, or torn.
      [two + row(1, "x").slice(0, -9), 2, 74.5],
    ];
    for (const [text, gaps, seconds] of cases) {
      await Deno.writeTextFile(path, text);
      assert.deepEqual(await readGapLogTotals(base), { path, gaps, seconds });
    }
    await Deno.writeTextFile(path, "a,b\r\n1,2\r\n");
    await assert.rejects(readGapLogTotals(base), RecordingError);
  }));
