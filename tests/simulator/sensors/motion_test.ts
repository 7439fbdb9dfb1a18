import assert from "node:assert/strict";
import { mean, sample } from "./sample.ts";

const STEP = { stepMs: 5_000 };

Deno.test("motion() is frequent in the working day and rare at night", async () => {
  const values = await sample("motion", 10, STEP);
  const day = mean(values, 9, 17), night = mean(values, 0, 6);
  assert.ok(day > 0.2 && day < 0.4, `${day}`);
  assert.ok(night > 0.002 && night < 0.03, `${night}`);
});

Deno.test("motion() holds its output for half a minute", async () => {
  const text = (await sample("motion", 2, STEP)).map(({ text }) => text).join("");
  for (const held of text.match(/(?<=0)1+(?=0)/g) ?? []) assert.ok(held.length >= 6, held);
});

Deno.test("motion() has the same frequency at any sampling rate", async () => {
  const often = mean(await sample("motion", 5, { stepMs: 2_000 }), 9, 17);
  const seldom = mean(await sample("motion", 5, { stepMs: 15_000 }), 9, 17);
  assert.ok(Math.abs(often - seldom) < 0.08, `${often} against ${seldom}`);
});
