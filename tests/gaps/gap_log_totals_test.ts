import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { type GapLogTotals, readGapLogTotals } from "../../lib/gaps/gap_log_totals.ts";
import { GAP_COLUMNS } from "../../lib/message/gap.ts";
import { inFolder } from "../support/program.ts";

const HEADER = `${GAP_COLUMNS.join()}\r\n`;
const row = (seconds: number | string, cause: string, risk = "no") =>
  `2026-11-24T06:32:34.874Z,2026-11-24T06:33:34.874Z,${seconds},${cause},resumed,${risk}\r\n`;

Deno.test("readGapLogTotals() counts the gaps and adds up their seconds", () =>
  inFolder(async (folder) => {
    const base = `${folder}/x`;
    const path = `${base}.gaps.csv`;
    assert.equal(await readGapLogTotals(base), undefined);
    const two = HEADER + row("60.000", "connection lost") +
      row("14.500", '"subscription refused: ""a"", b"', "yes");
    const cases: readonly (readonly [string, number, number])[] = [
      ["", 0, 0],
      [HEADER, 0, 0],
      [two, 2, 74.5],
      [two.replaceAll("\r", ""), 2, 74.5],
    ];
    for (const [text, gaps, seconds] of cases) {
      await Deno.writeTextFile(path, text);
      assert.deepEqual(await readGapLogTotals(base), { path, gaps, seconds });
    }
    await Deno.writeTextFile(path, "a,b\r\n1,2\r\n");
    await assert.rejects(readGapLogTotals(base), RecordingError);
  }));

Deno.test("readGapLogTotals() finds a torn end and foreign rows", () =>
  inFolder(async (folder) => {
    const base = `${folder}/x`;
    const path = `${base}.gaps.csv`;
    const good = row("1.000", "overload");
    const torn = good.slice(0, -10);
    const cases: readonly (readonly [string, Partial<GapLogTotals>])[] = [
      [good + torn, { gaps: 1, tornBytes: torn.length }],
      [`${good}\0\0\0\0`, { gaps: 1, tornBytes: 4 }],
      [good + "x".repeat(1 << 20), { gaps: 1, tornBytes: 1 << 20 }],
      [`${good}\r\n${good}`, { gaps: 2, alien: { count: 1, row: 2 } }],
      [`${good}${"\0".repeat(4096)}\r\n\0${good}`, { gaps: 1, alien: { count: 2, row: 2 } }],
      [good + "x".repeat(1 << 20) + `\r\n${good}`, { gaps: 2, alien: { count: 1, row: 2 } }],
      [row("-1.000", "overload"), { gaps: 0, alien: { count: 1, row: 1 } }],
      [row("1.000", "overload", "perhaps"), { gaps: 0, alien: { count: 1, row: 1 } }],
      [row("1.000", ""), { gaps: 0, alien: { count: 1, row: 1 } }],
      [good.replace("11-24", "13-24"), { gaps: 0, alien: { count: 1, row: 1 } }],
      [good.replace("resumed", "kept,"), { gaps: 0, alien: { count: 1, row: 1 } }],
    ];
    for (const [text, wanted] of cases) {
      await Deno.writeTextFile(path, HEADER + text);
      const { seconds, ...found } = (await readGapLogTotals(base))!;
      assert.deepEqual(found, { path, ...wanted });
      assert.equal(seconds, found.gaps);
    }
    const broken = new TextEncoder().encode(HEADER + good);
    broken[HEADER.length + 55] = 0xff;
    await Deno.writeFile(path, broken);
    assert.deepEqual((await readGapLogTotals(base))!.alien, { count: 1, row: 1 });
  }));
