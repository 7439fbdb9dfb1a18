import assert from "node:assert/strict";
import { parseGaps } from "./gaps.ts";

const GAP_LOG = "from,to,seconds,cause,session,at_risk\r\n";
const GAP = "2026-11-23T10:00:00.000Z,2026-11-23T10:00:01.250Z,1.25,connection lost,resumed,no\r\n";

Deno.test("parseGaps() reads a gap log, with times as numbers", () => {
  const { gaps, problems } = parseGaps(GAP_LOG + GAP);
  assert.deepEqual(problems, []);
  assert.equal(gaps[0]!.to - gaps[0]!.from, 1250);
});

for (
  const [name, text] of [
    ["another header", GAP],
    ["no rows", GAP_LOG],
    ["a last line that does not end", GAP_LOG + GAP.trimEnd()],
    ["seconds that are not the difference", GAP_LOG + GAP.replace("1.25,", "1.28,")],
    ["an end before the beginning", GAP_LOG + GAP.replace("10:00:00", "10:00:02")],
    ["an unknown cause", GAP_LOG + GAP.replace("connection lost", "bad luck")],
    ["an unknown session", GAP_LOG + GAP.replace("resumed", "maybe")],
    ["an unknown risk", GAP_LOG + GAP.replace(",no", ",perhaps")],
    ["a time without milliseconds", GAP_LOG + GAP.replace("00.000Z", "00Z")],
  ] as const
) {
  Deno.test(`parseGaps() refuses a gap log with ${name}`, () => {
    assert.ok(parseGaps(text).problems.length > 0);
  });
}
