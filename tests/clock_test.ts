import assert from "node:assert/strict";
import { backoff, systemClock, ticks } from "../lib/clock.ts";
import { FakeClock } from "./fake_clock.ts";

Deno.test("sleep() ends early when the signal aborts, and leaves no timer behind", async () => {
  const controller = new AbortController();
  const start = performance.now();
  const asleep = systemClock.sleep(60_000, controller.signal);
  controller.abort();
  await asleep;
  await systemClock.sleep(60_000, controller.signal);
  assert.ok(performance.now() - start < 5_000);
});

Deno.test("ticks() come at start + phase + k periods, and the jitter does not add up", async () => {
  const clock = new FakeClock(0);
  const controller = new AbortController();
  const { signal } = controller;
  const times: number[] = [];
  const done = (async () => {
    let seed = 0;
    const random = () => (seed = (seed + 0.37) % 1);
    for await (const time of ticks(clock, 1000, { phaseMs: 500, jitter: 0.1, random, signal })) {
      times.push(time);
    }
  })();
  await clock.advance(100_400);
  controller.abort();
  await done;
  assert.equal(times.length, 100);
  for (const [k, time] of times.entries()) {
    assert.ok(Math.abs(time - (500 + k * 1000)) <= 100, `tick ${k} at ${time}`);
  }
  assert.ok(new Set(times.map((time) => time % 1000)).size > 20);
  assert.equal(clock.sleeping, 0);
});

Deno.test("backoff() doubles up to its limit and stays in the upper half of each step", () => {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const whole = Math.min(30_000, 500 * 2 ** attempt);
    assert.equal(backoff(attempt, () => 0), whole / 2);
    assert.equal(backoff(attempt, () => 1), whole);
  }
  assert.equal(backoff(9, () => 1, { minMs: 10, maxMs: 100 }), 100);
});
