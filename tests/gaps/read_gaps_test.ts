import assert from "node:assert/strict";
import { readGaps } from "../../lib/gaps/read_gaps.ts";
import { inFolder } from "../support/program.ts";

const ROW =
  '2026-11-24T09:40:02.817Z,2026-11-24T09:40:09.270Z,6.453,"broker queue: 5, all",kept,yes';
const GAP = {
  begin: "2026-11-24T09:40:02.817Z",
  end: "2026-11-24T09:40:09.270Z",
  cause: "broker queue: 5, all",
  risk: "yes",
};

Deno.test("readGaps() gives the rows of a gap log, but for a torn one", () =>
  inFolder(async (folder) => {
    const base = `${folder}/x`, head = "from,to,seconds,cause,session,at_risk\r\n";
    assert.deepEqual(await readGaps(base), []);
    for (
      const [text, gaps] of [
        [`${head}${ROW}\r\n${ROW}\r\n`, [GAP, GAP]],
        [`${head}${ROW}\r\n${ROW.slice(0, 60)}`, [GAP]],
        [head, []],
        ["something,else\r\n1,2\r\n", []],
      ] as const
    ) {
      await Deno.writeTextFile(`${base}.gaps.csv`, text);
      assert.deepEqual(await readGaps(base), gaps);
    }
  }));
