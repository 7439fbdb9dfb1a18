import assert from "node:assert/strict";
import { largestStep, mean, sample } from "./sample.ts";

Deno.test("humidity() is lowest when it is warmest", async () => {
  const values = await sample("humidity", 20);
  const difference = mean(values, 2, 4) - mean(values, 14, 16);
  assert.ok(difference > 13 && difference < 19, `${difference}`);
});

Deno.test("humidity() swings as far as Magnus' formula gives for the temperature's swing", () => {
  const vapour = (celsius: number) => 6.112 * Math.exp(17.62 * celsius / (243.12 + celsius));
  assert.ok(Math.abs(48 * vapour(21.5) / vapour(19) - (48 + 8)) < 0.5);
  assert.ok(Math.abs(48 * vapour(21.5) / vapour(24) - (48 - 8)) < 1.5);
});

Deno.test("humidity() changes little within seconds", async () => {
  assert.ok(largestStep(await sample("humidity", 0.1, { stepMs: 3_000 })) <= 2);
});
