import assert from "node:assert/strict";
import { branches, renderLook } from "../../lib/live/look_report.ts";
import { sentences } from "../../lib/locale/mod.ts";

const en = sentences("en");

Deno.test("branches() joins topics below their second level, the busiest first", () => {
  const topics = new Map([["a", 1], ["home/k/t", 5], ["home/k/h", 4], ["home/x", 2], ["/b", 3]]);
  assert.deepEqual(branches(topics), [
    { filter: "home/k/#", count: 9 },
    { filter: "/b", count: 3 },
    { filter: "home/x", count: 2 },
    { filter: "a", count: 1 },
  ]);
});

Deno.test("renderLook() shows branches with their rates, and the filter of the busiest level", () => {
  const topics = new Map([["home/k/t", 6], ["home/x", 2], ["a", 1]]);
  assert.deepEqual(renderLook({ topics, messages: 9, retained: 0, ms: 2_000 }, en), [
    en.live.look.found(9, 2_000),
    "  home/k/#  3/s",
    "  home/x    1/s",
    "  a         0.5/s",
    en.live.look.suggest("home/#"),
  ]);
});

Deno.test("renderLook() shows a bounded number of safe, short lines", () => {
  for (const t of [en, sentences("fr")]) {
    const topics = new Map(
      Array.from({ length: 100 }, (_, i) => [`\x1b[2J${"湿".repeat(900)}${i}/a`, 1]),
    );
    const lines = renderLook({ topics, messages: 100, retained: 0, ms: 1 }, t);
    assert.equal(lines.length, 11);
    for (const line of lines.slice(0, -1)) assert.ok(line.length < 90, line);
    // deno-lint-ignore no-control-regex
    for (const line of lines) assert.doesNotMatch(line, /\x1b/);
  }
});

Deno.test("renderLook() tells an idle broker from one with retained messages only", () => {
  const none = { topics: new Map(), messages: 0, ms: 2_000 };
  assert.deepEqual(renderLook({ ...none, retained: 0 }, en), [en.live.look.nothing(2_000)]);
  assert.deepEqual(renderLook({ ...none, retained: 3 }, en), [en.live.look.retainedOnly]);
});
