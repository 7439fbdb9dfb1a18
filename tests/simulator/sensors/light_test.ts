import assert from "node:assert/strict";
import { mean, sample } from "./sample.ts";

Deno.test("light() is bright at noon and dark at night", async () => {
  const values = await sample("light", 10);
  assert.ok(mean(values, 11, 13) > 5_000);
  for (const { hour, value } of values) if (hour < 5 || hour >= 19) assert.equal(value, 0);
});

Deno.test("light() has a few lux before sunrise and after sunset", async () => {
  const values = await sample("light", 10);
  for (const [from, to] of [[5.8, 5.95], [18.05, 18.2]] as const) {
    const lux = mean(values, from, to);
    assert.ok(lux > 1 && lux < 40, `${lux}`);
  }
});

Deno.test("light() varies from noon to noon by clouds", async () => {
  const noons = (await sample("light", 30)).filter(({ hour }) => hour === 12);
  const values = noons.map(({ value }) => value);
  assert.ok(Math.max(...values) > 1.5 * Math.min(...values));
});
