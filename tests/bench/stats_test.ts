import assert from "node:assert/strict";
import { median, quantile, ratio, spread } from "./stats.ts";

Deno.test("quantile() returns a value that was measured", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.equal(quantile(hundred, 0.5), 50);
  assert.equal(quantile(hundred, 0.99), 99);
  assert.equal(quantile(hundred, 0.999), 100);
  assert.equal(quantile([7], 0.5), 7);
  assert.equal(quantile([], 0.5), NaN);
});

Deno.test("median() accepts values in any order", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.deepEqual(spread([10, 9, 100]), { median: 10, min: 9, max: 100 });
});

Deno.test("ratio() compares rounds, not medians", () => {
  assert.deepEqual(ratio([10, 2, 6], [5, 1, 2]), { median: 2, min: 2, max: 3 });
});
