import assert from "node:assert/strict";
import { caseHints, filterHints } from "../../lib/live/silence.ts";
import { sentences } from "../../lib/locale/mod.ts";

const t = sentences("en");
const { silence } = t.live;

Deno.test("filterHints() says that * is no wildcard, and what was meant", () => {
  const meant = [
    ["sensors/*", "sensors/#"],
    ["*", "#"],
    ["sensors/*/temperature", "sensors/+/temperature"],
    ["home/**/power", "home/#"],
    ["a/b*", "a/#"],
  ];
  for (const [filter, better] of meant) {
    assert.deepEqual(filterHints([filter!], t), [silence.star(filter!, better!)]);
  }
});

Deno.test("filterHints() says that a leading slash is a level of its own", () => {
  assert.deepEqual(filterHints(["/sensors/#"], t), [silence.slash("/sensors/#", "sensors/#")]);
  assert.deepEqual(filterHints(["sensors/#", "+/a", "#", "$SYS/#"], t), []);
  assert.equal(filterHints(["/*"], t).length, 2);
});

Deno.test("filterHints() escapes filters", () => {
  for (const line of filterHints(["/\x1b*\u202e"], t)) {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x1b\u202e]/);
  }
});

Deno.test("caseHints() names a topic that differs only in capital letters", () => {
  const topics = ["Sensors/Kitchen", "home/a"];
  assert.deepEqual(caseHints(["sensors/#", "home/#", "other/#"], topics, t), [
    silence.letterCase("sensors/#", "Sensors/Kitchen"),
  ]);
  assert.deepEqual(caseHints(["SENSORS/+"], topics, t), [
    silence.letterCase("SENSORS/+", "Sensors/Kitchen"),
  ]);
});
