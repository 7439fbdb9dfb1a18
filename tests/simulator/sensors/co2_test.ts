import assert from "node:assert/strict";
import { largestStep, mean, sample } from "./sample.ts";

Deno.test("co2() rises with the people and falls to the outside level at night", async () => {
  const values = await sample("co2", 20);
  assert.ok(Math.abs(mean(values, 3, 6) - 425) < 10);
  const day = mean(values, 11, 17);
  assert.ok(day > 900 && day < 1300, `${day}`);
});

Deno.test("co2() lags by the time constant of the ventilation", async () => {
  const values = await sample("co2", 20);
  const left = (mean(values, 19, 19.2) - 425) / (mean(values, 16, 17) - 425);
  assert.ok(left > 0.15 && left < 0.4, `${left}`);
});

Deno.test("co2() changes little within seconds", async () => {
  assert.ok(largestStep(await sample("co2", 1, { stepMs: 3_000 })) <= 25);
});
