import assert from "node:assert/strict";
import {
  covers,
  filterProblem,
  isShared,
  isValidTopic,
  levelsOf,
  matches,
  overlap,
} from "../../lib/message/topic.ts";

Deno.test("filterProblem() accepts every filter that the standard calls valid", () => {
  const valid = [
    "#",
    "+",
    "/",
    "//",
    "a",
    "sensors/#",
    "+/tennis/#",
    "sport/+/player1",
    "/finance",
  ];
  valid.push("$SYS/#", "$share/group/sensors/#", "$share/g//", "$shared/x", "température/+", "a b");
  for (const filter of valid) assert.equal(filterProblem(filter), undefined, filter);
});

Deno.test("filterProblem() names what is wrong with a filter", () => {
  const cases = {
    empty: [""],
    nul: ["a\0b"],
    surrogate: ["a/\ud800"],
    long: ["x".repeat(65_536), "é".repeat(32_768)],
    hash: ["a/#/b", "sport/tennis#", "#/", "a/#b", "$share/g/a#"],
    plus: ["sport+", "a/+b/c", "++", "$share/g/+a"],
    share: ["$share", "$share/", "$share//a", "$share/g", "$share/g/", "$share/g+/a", "$share/#/a"],
  };
  for (const [problem, filters] of Object.entries(cases)) {
    for (const filter of filters) assert.equal(filterProblem(filter), problem, filter.slice(0, 20));
  }
});

Deno.test("filterProblem() accepts 65,535 bytes and counts bytes, not characters", () => {
  assert.equal(filterProblem("x".repeat(65_535)), undefined);
  assert.equal(filterProblem("é".repeat(32_767)), undefined);
});

Deno.test("isValidTopic() refuses wildcards and invalid text", () => {
  for (const topic of ["a", "/", "sensors/temperature", "__proto__", "$SYS/x", "a b/é"]) {
    assert.equal(isValidTopic(topic), true, topic);
  }
  for (const topic of ["", "a/#", "+", "a+b", "a\0", "\udc00", "x".repeat(65_536)]) {
    assert.equal(isValidTopic(topic), false, topic.slice(0, 20));
  }
});

Deno.test("matches() follows the examples of the standard", () => {
  const cases: [filter: string, topic: string, expected: boolean][] = [
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/tennis/player1/#", "sport/tennis/player10", false],
    ["sport/#", "sport", true],
    ["#", "any/thing", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["+/tennis/#", "x/tennis", true],
    ["a/b", "a/b/c", false],
    ["a/b/c", "a/b", false],
    ["ACCOUNTS", "Accounts", false],
    ["a", "a/", false],
  ];
  for (const [filter, topic, expected] of cases) {
    assert.equal(matches(filter, topic), expected, `${filter} on ${topic}`);
  }
});

Deno.test("matches() does not match topics that begin with $ by a leading wildcard", () => {
  assert.equal(matches("#", "$SYS/uptime"), false);
  assert.equal(matches("+/uptime", "$SYS/uptime"), false);
  assert.equal(matches("$SYS/#", "$SYS/uptime"), true);
  assert.equal(matches("$SYS/+", "$SYS/uptime"), true);
});

Deno.test("matches() ignores the group of a shared subscription", () => {
  assert.equal(matches("$share/group/sensors/#", "sensors/light"), true);
  assert.equal(matches("$share/group/sensors/#", "group/sensors/light"), false);
  assert.equal(matches("$share/group/#", "$SYS/uptime"), false);
});

/** Every combination of up to `maxLevels` levels with these names. */
function combinations(names: readonly string[], maxLevels: number): string[] {
  const all = names.map((name) => [name]);
  for (let from = 0; all[from]!.length < maxLevels; from++) {
    all.push(...names.map((name) => [...all[from]!, name]));
  }
  return all.map((levels) => levels.join("/"));
}

Deno.test("covers() and overlap() agree with matches() on every small filter and topic", () => {
  const filters = combinations(["a", "+", "#", "", "$b"], 3).filter((f) =>
    filterProblem(f) === undefined
  );
  const topics = combinations(["a", "c", "", "$b"], 4).filter(isValidTopic);
  const matched = filters.map((filter) => topics.map((topic) => matches(filter, topic)));
  for (const [i, wide] of filters.entries()) {
    for (const [j, narrow] of filters.entries()) {
      const pair = `"${wide}" and "${narrow}"`;
      const [all, some] = [matched[i]!, matched[j]!];
      const includes = some.every((is, topic) => !is || all[topic]);
      assert.equal(covers(levelsOf(wide), levelsOf(narrow)), includes, `covers: ${pair}`);
      const meets = some.some((is, topic) => is && all[topic]);
      assert.equal(overlap(levelsOf(wide), levelsOf(narrow)), meets, `overlap: ${pair}`);
    }
  }
});

Deno.test("covers() excludes the parent level where the broker does not match it", () => {
  const covered = (wide: string, narrow: string) =>
    covers(levelsOf(wide), levelsOf(narrow), { parents: false });
  assert.deepEqual([covered("a/#", "a"), covered("a/#", "a/b"), covered("a/#", "a/#")], [
    false,
    true,
    true,
  ]);
  assert.deepEqual([covered("+/#", "#"), covered("#", "a"), covered("#", "+/#")], [
    false,
    true,
    true,
  ]);
});

Deno.test("levelsOf() drops the group of a shared subscription; isShared() detects it", () => {
  assert.deepEqual(levelsOf("$share/g/a/#"), ["a", "#"]);
  assert.deepEqual([isShared("$share/g/a"), isShared("$shared/a"), isShared("a")], [
    true,
    false,
    false,
  ]);
});
