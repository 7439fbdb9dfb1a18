import assert from "node:assert/strict";
import { largestStep, mean, sample } from "./sample.ts";

Deno.test("temperature() is highest in the afternoon and lowest before dawn", async () => {
  const values = await sample("temperature", 20);
  const difference = mean(values, 14, 16) - mean(values, 2, 4);
  assert.ok(difference > 4 && difference < 6, `${difference}`);
  assert.ok(Math.abs(mean(values) - 21.5) < 0.5);
});

Deno.test("temperature() changes within seconds, but little", async () => {
  const values = await sample("temperature", 0.1, { stepMs: 3_000 });
  assert.ok(largestStep(values) <= 0.4);
  assert.ok(new Set(values.slice(0, 100).map(({ text }) => text)).size > 1);
});
