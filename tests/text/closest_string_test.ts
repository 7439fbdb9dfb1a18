import assert from "node:assert/strict";
import { closestString } from "../../lib/text/closest_string.ts";

const known = ["broker", "port", "output", "embedded-broker"];

Deno.test("closestString() corrects a letter missing, added, changed or swapped", () => {
  for (const typed of ["brokr", "brokker", "brojer", "borker", "BROKER", "broker"]) {
    assert.equal(closestString(typed, known), "broker");
  }
});

Deno.test("closestString() completes the beginning of a word", () => {
  assert.equal(closestString("embed", known), "embedded-broker");
  assert.equal(closestString("out", known), "output");
});

Deno.test("closestString() returns undefined when no word is close", () => {
  assert.equal(closestString("zzzzzzzz", known), undefined);
  assert.equal(closestString("x", []), undefined);
});
