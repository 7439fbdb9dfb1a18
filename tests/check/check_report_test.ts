import assert from "node:assert/strict";
import type { Checked, Findings, Standing } from "../../lib/check/check_recording.ts";
import { isWell, renderFindings } from "../../lib/check/check_report.ts";
import type { Problem } from "../../lib/reading/inspect.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { TopicCounts } from "../../lib/reading/topic_counts.ts";
import { batchOf, message, START } from "../support/arbitrary.ts";

const en = sentences("en"), fr = sentences("fr");

function checked(path: string, names: readonly string[], problem?: Problem): Checked {
  const topics = new TopicCounts();
  topics.add(batchOf(names.map((name) => message(name, "1"))));
  return {
    contents: {
      path,
      bytes: 2048,
      rows: names.length,
      first: names.length > 0 ? START : undefined,
      last: names.length > 0 ? START + 1500 : undefined,
      dup: 1,
      back: 2,
      topics,
    },
    problem,
  };
}

function findings(files: readonly Checked[], standing?: Standing, live = false): Findings {
  return { base: "x", files, standings: standing ? [standing] : [], live, errors: [] };
}

Deno.test("renderFindings() describes two equal files once", () => {
  const files = [checked("x.csv", ["a", "b", "b"]), checked("x.json", ["a", "b", "b"])];
  const gaps = { path: "x.gaps.csv", gaps: 1, seconds: 2.25 };
  assert.deepEqual(renderFindings(findings(files, { type: "same", rows: 3 }), gaps, en), [
    "x.csv: 3 rows, 2 KB",
    "  from 2026-11-23T10:00:00.123Z to 2026-11-23T10:00:01.623Z",
    "  time goes back 2 times, 1 row delivered again (dup)",
    "  2 topics:",
    "    2  b",
    "    1  a",
    "x.json: 3 rows, 2 KB",
    "CSV and JSON hold the same 3 rows",
    "x.gaps.csv: 1 gap, 2.25 s in total",
  ]);
});

Deno.test("renderFindings() shows at most 20 topics, escaped and shortened", () => {
  const names = ["evil\x1b[2J\u202e", "y".repeat(5_000)];
  for (let i = 0; i < 40; i++) names.push(`t${i}`);
  const lines = renderFindings(findings([checked("x.csv", names)]), undefined, en);
  assert.equal(lines.filter((line) => line.startsWith("    1  ")).length, 20);
  assert.equal(lines.at(-1), "    … and 22 more");
  assert.ok(lines.every((line) => line.length < 110));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(lines.join(""), /[\x00-\x1f\u202e]/);
});

const PROBLEMS: readonly (readonly [Problem, RegExp])[] = [
  [{ type: "unfinished" }, /^ {2}NOT CLOSED/m],
  [{ type: "torn", at: 1234, bytes: 5 }, /^ {2}TORN: the last 5 bytes, from byte 1,234 on/m],
  [{ type: "malformed", row: 7, at: 99 }, /^ {2}MALFORMED: row 7, at byte 99/m],
];

const STANDINGS: readonly (readonly [Standing, RegExp])[] = [
  [{ type: "prefix", longer: "l", shorter: "s", rows: 2 }, /^NOT LEVEL: s lacks 2 rows/m],
  [{ type: "different", row: 12 }, /^DIFFERENT: .* row 12 /m],
];

Deno.test("renderFindings() shows problems in capitals, and isWell() is false", () => {
  assert.ok(isWell(findings([checked("x.csv", ["a"])])));
  for (const [problem, wanted] of PROBLEMS) {
    const found = findings([checked("x.csv", ["a"], problem)]);
    assert.match(renderFindings(found, undefined, en).join("\n"), wanted);
    assert.equal(isWell(found), false);
  }
  for (const [standing, wanted] of STANDINGS) {
    const found = findings([checked("s", ["a"]), checked("l", ["a"])], standing);
    assert.match(renderFindings(found, undefined, en).join("\n"), wanted);
    assert.equal(isWell(found), false);
  }
  assert.equal(isWell({ ...findings([]), errors: [new Error("no")] }), false);
});

Deno.test("renderFindings() accepts an unfinished end and a lead while a recorder writes", () => {
  for (const [problem] of PROBLEMS) {
    const found = findings([checked("x.csv", ["a"], problem)], undefined, true);
    const report = renderFindings(found, undefined, en).join("\n");
    assert.equal(isWell(found), problem.type !== "malformed");
    assert.equal(/[A-Z]{4}/.test(report.replace("CSV", "")), problem.type === "malformed", report);
  }
  for (const [standing] of STANDINGS) {
    const found = findings([checked("s", ["a"]), checked("l", ["a"])], standing, true);
    assert.equal(isWell(found), standing.type === "prefix");
  }
});

Deno.test("renderFindings() describes an empty recording in one line", () => {
  assert.deepEqual(renderFindings(findings([checked("x.csv", [])]), undefined, fr), [
    "x.csv\u00a0: 0 ligne, 2 Ko",
  ]);
});

Deno.test("renderFindings() names --repair for files that are not reconciled until it was tried", () => {
  const files = [checked("x.csv", ["a"]), checked("x.json", ["a", "b"])];
  const between = { longer: "x.json", shorter: "x.csv", rows: 1 };
  const standings: Standing[] = [
    { ...between, type: "prefix" },
    { ...between, type: "within", row: 1 },
  ];
  for (const t of [en, fr]) {
    for (const standing of standings) {
      for (const repaired of [false, true]) {
        const text = renderFindings(findings(files, standing), undefined, t, repaired).at(-1)!;
        assert.match(text, /NOT LEVEL|DÉCALÉS/);
        assert.equal(text.includes("--repair"), !repaired, text);
      }
    }
  }
});
