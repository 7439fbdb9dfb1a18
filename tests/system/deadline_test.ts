import assert from "node:assert/strict";
import { deadline, TimeoutError } from "../../lib/system/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("deadline() resolves with the value of the promise and leaves no timer", async () => {
  const clock = new FakeClock();
  assert.equal(await deadline(Promise.resolve(7), 1_000, clock), 7);
  assert.equal(clock.sleeping, 0);
});

Deno.test("deadline() rejects with TimeoutError after the time", async () => {
  const clock = new FakeClock();
  const outcome = assert.rejects(deadline(new Promise(() => {}), 1_000, clock), TimeoutError);
  await clock.advance(1_000);
  await outcome;
  assert.equal(clock.sleeping, 0);
});

Deno.test("deadline() rethrows the error of the promise", async () => {
  const clock = new FakeClock();
  await assert.rejects(deadline(Promise.reject(new Error("no")), 1_000, clock), /^Error: no$/);
  assert.equal(clock.sleeping, 0);
});

Deno.test("deadline() restarts its time while there is progress", async () => {
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
