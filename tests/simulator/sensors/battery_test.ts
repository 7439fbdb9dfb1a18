import assert from "node:assert/strict";
import { largestStep, mean, sample } from "./sample.ts";

Deno.test("battery() discharges over weeks and little within a day", async () => {
  const values = await sample("battery", 30);
  assert.ok(mean(values.slice(0, 1440)) > mean(values.slice(-1440)) + 0.05);
  assert.ok(largestStep(values) <= 0.05);
});

Deno.test("battery() is replaced when it is empty, within ninety days", async () => {
  const values = await sample("battery", 90, { stepMs: 600_000 });
  assert.equal(
    values.filter(({ value }, i) => i > 0 && value > values[i - 1]!.value + 0.5).length,
    1,
  );
});
