import assert from "node:assert/strict";
import { deadline, TimeoutError } from "../../lib/system/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("deadline() resolves with what comes in time, and leaves no timer", async () => {
  const clock = new FakeClock();
  assert.equal(await deadline(Promise.resolve(7), 1_000, clock), 7);
  assert.equal(clock.sleeping, 0);
});

Deno.test("deadline() rejects what takes too long", async () => {
  const clock = new FakeClock();
  const outcome = assert.rejects(deadline(new Promise(() => {}), 1_000, clock), TimeoutError);
  await clock.advance(1_000);
  await outcome;
  assert.equal(clock.sleeping, 0);
});

Deno.test("deadline() passes a rejection on", async () => {
  const clock = new FakeClock();
  await assert.rejects(deadline(Promise.reject(new Error("no")), 1_000, clock), /^Error: no$/);
  assert.equal(clock.sleeping, 0);
});

Deno.test("deadline() begins anew while there is progress", async () => {
  const clock = new FakeClock();
  let progress = 0;
  const outcome = assert.rejects(
    deadline(new Promise(() => {}), 1_000, clock, () => progress),
    TimeoutError,
  );
  progress++;
  await clock.advance(1_000);
  assert.equal(clock.sleeping, 1);
  await clock.advance(1_000);
  await outcome;
});
