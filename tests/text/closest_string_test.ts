import assert from "node:assert/strict";
import { nearest } from "../../lib/text/closest_string.ts";

const words = ["broker", "port", "output", "embedded-broker"];

Deno.test("nearest() finds a word with a letter missing, added, changed or swapped", () => {
  for (const typed of ["brokr", "brokker", "brojer", "borker", "BROKER", "broker"]) {
    assert.equal(nearest(typed, words), "broker");
  }
});

Deno.test("nearest() finds a word that was begun", () => {
  assert.equal(nearest("embed", words), "embedded-broker");
  assert.equal(nearest("out", words), "output");
});

Deno.test("nearest() finds nothing where nothing comes close", () => {
  assert.equal(nearest("zzzzzzzz", words), undefined);
  assert.equal(nearest("x", []), undefined);
});
