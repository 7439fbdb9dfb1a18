import assert from "node:assert/strict";
import { backoff, systemClock, ticks } from "../../lib/system/clock.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("sleep() ends early when the signal aborts and leaves no timer", async () => {
  const controller = new AbortController();
  const start = performance.now();
  const asleep = systemClock.sleep(60_000, controller.signal);
  controller.abort();
  await asleep;
  await systemClock.sleep(60_000, controller.signal);
  assert.ok(performance.now() - start < 5_000);
});

Deno.test("sleep() lasts the requested time, also beyond the longest setTimeout", async () => {
  const start = performance.now();
  await systemClock.sleep(5);
  assert.ok(performance.now() - start >= 4);
  const controller = new AbortController();
  let awake = false;
  const asleep = systemClock.sleep(2 ** 31, controller.signal).then(() => awake = true);
  await systemClock.sleep(5);
  assert.equal(awake, false);
  controller.abort();
  await asleep;
});

Deno.test("sleep() ends at once for 50,000 sleepers with one signal", async () => {
  const controller = new AbortController();
  const asleep = Array.from({ length: 50_000 }, () => systemClock.sleep(60_000, controller.signal));
  const start = performance.now();
  controller.abort();
  await Promise.all(asleep);
  // With one listener per sleeper it took ten seconds for 20,000.
  assert.ok(performance.now() - start < 5_000);
});

Deno.test("ticks() yields at start + phase + k periods and accumulates no jitter", async () => {
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

Deno.test("ticks() yields a hello tick first and does not delay the next one", async () => {
  const clock = new FakeClock(0);
  const { signal } = new AbortController();
  const options = { phaseMs: 500, helloMs: 20, jitter: 0.4, random: () => 0.99, signal };
  const times = ticks(clock, 1000, options);
  const first = times.next();
  await clock.advance(20);
  assert.equal((await first).value, 20);
  const second = times.next();
  await clock.advance(480);
  assert.equal((await second).value, 500);
  await times.return();
});

Deno.test("ticks() skips the ticks that a slow consumer or a sleeping machine missed", async () => {
  const clock = new FakeClock(0);
  const times = ticks(clock, 1000);
  const next = async (elapsedMs: number) => {
    const tick = times.next();
    await clock.advance(elapsedMs);
    return (await tick).value;
  };
  assert.equal(await next(0), 0);
  await clock.advance(7_300);
  // One tick comes late, that of 7,000; the next one is on time.
  assert.equal(await next(0), 7_300);
  assert.equal(await next(700), 8_000);
  assert.equal(await next(1_000), 9_000);
  await times.return();
});

Deno.test("ticks() without a period yields on demand until the signal aborts", async () => {
  const clock = new FakeClock(0);
  const controller = new AbortController();
  const times = ticks(clock, 0, { jitter: 0.1, signal: controller.signal });
  for (let i = 0; i < 1_000; i++) assert.equal((await times.next()).value, 0);
  controller.abort();
  assert.equal((await times.next()).done, true);
});

Deno.test("ticks() ends at once when its signal aborts", async () => {
  const clock = new FakeClock(0);
  const controller = new AbortController();
  const times = ticks(clock, 1000, { phaseMs: 10, signal: controller.signal });
  const next = times.next();
  await clock.advance(5);
  controller.abort();
  assert.equal((await next).done, true);
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
