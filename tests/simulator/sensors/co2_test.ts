import assert from "node:assert/strict";
import { largestStep, mean, sample } from "./sample.ts";

Deno.test("co2 rises with the people and falls to the air outside at night", async () => {
  const values = await sample("co2", 20);
  assert.ok(Math.abs(mean(values, 3, 6) - 425) < 10);
  const day = mean(values, 11, 17);
  assert.ok(day > 900 && day < 1300, `${day}`);
});

Deno.test("co2 lags behind the people: half way down takes as long as the ventilation needs", async () => {
  const values = await sample("co2", 20);
  const left = (mean(values, 19, 19.2) - 425) / (mean(values, 16, 17) - 425);
  assert.ok(left > 0.15 && left < 0.4, `${left}`);
});

Deno.test("co2 has inertia: it moves little within seconds", async () => {
  assert.ok(largestStep(await sample("co2", 1, { stepMs: 3_000 })) <= 25);
});
