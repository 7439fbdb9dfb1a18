import assert from "node:assert/strict";
import { choose } from "./choose.ts";

const CASES = [
  { number: 1, name: "kill -9", inQuick: true },
  { number: 6, name: "full disk, then freed", inQuick: false },
  { number: 30, name: "40,000 at once, MQTT 5", inQuick: true },
  { number: 30, name: "20,000 retained", inQuick: true },
];

Deno.test("choose() finds cases by number and by name, also by names with commas", () => {
  const cases = [
    [[], [0, 1, 2, 3]],
    [["30"], [2, 3]],
    [["1,30"], [0, 2, 3]],
    [["kill,disk"], [0, 1]],
    [["40,000 at once, MQTT 5"], [2]],
    [["40,000", "20,000"], [2, 3]],
    [["000"], []],
  ] as const;
  for (const [only, wanted] of cases) {
    assert.deepEqual(choose(CASES, only, false), wanted.map((i) => CASES[i]), `${only}`);
  }
});

Deno.test("choose() leaves out what a quick run has not, unless it was asked for", () => {
  assert.deepEqual(choose(CASES, [], true), [CASES[0], CASES[2], CASES[3]]);
  assert.deepEqual(choose(CASES, ["disk"], true), [CASES[1]]);
});
