import assert from "node:assert/strict";
import { largestStep, mean, sample } from "./sample.ts";

Deno.test("pressure() drifts around the standard atmosphere over days", async () => {
  const values = await sample("pressure", 100);
  assert.ok(Math.abs(mean(values) - 1013.25) < 5);
  const span = Math.max(...values.slice(0, 14_400).map(({ value }) => value)) -
    Math.min(...values.slice(0, 14_400).map(({ value }) => value));
  assert.ok(span > 10, `${span}`);
});

Deno.test("pressure() changes little within seconds", async () => {
  assert.ok(largestStep(await sample("pressure", 0.1, { stepMs: 3_000 })) <= 0.9);
});

Deno.test("pressure() has two tides a day", async () => {
  const values = await sample("pressure", 400, { stepMs: 600_000 });
  const high = (mean(values, 9, 11) + mean(values, 21, 23)) / 2;
  const low = (mean(values, 3, 5) + mean(values, 15, 17)) / 2;
  assert.ok(high - low > 1 && high - low < 2.2, `${high - low}`);
});
