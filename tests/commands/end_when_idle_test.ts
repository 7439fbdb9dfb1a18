import assert from "node:assert/strict";
import { endWhenIdle } from "../../lib/commands/end_when_idle.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A recording whose messages and disk the test decides on. */
function bench() {
  const clock = new FakeClock();
  const controller = new AbortController();
  const receiveQueue = { lastTime: 0 };
  const recorder = { messages: 0, files: [], busy: false };
  let requests = 0;
  const stop = { signal: controller.signal, request: () => void requests++ };
  const run = (idleMs: number | undefined) =>
    endWhenIdle(
      idleMs,
      {
        broker: { connected: true, tooLong: 0, receiveQueue },
        recorder,
      },
      stop,
      clock,
    );
  return { clock, controller, receiveQueue, recorder, run, requests: () => requests };
}

Deno.test("endWhenIdle() requests the end once nothing has come for the time", async () => {
  const { clock, receiveQueue, run, requests } = bench();
  const done = run(10_000);
  for (let i = 0; i < 30; i++) {
    receiveQueue.lastTime = 1_000 + i;
    await clock.advance(1_000);
  }
  assert.equal(requests(), 0);
  for (let i = 0; i < 20 && requests() === 0; i++) await clock.advance(500);
  await done;
  assert.equal(requests(), 1);
});

Deno.test("endWhenIdle() counts from the start where nothing ever comes", async () => {
  const { clock, run, requests } = bench();
  const done = run(1_000);
  for (let i = 0; i < 19; i++) await clock.advance(50);
  assert.equal(requests(), 0);
  await clock.advance(50);
  await done;
  assert.equal(requests(), 1);
});

Deno.test("endWhenIdle() takes a disk that holds messages up for no silence", async () => {
  const { clock, controller, recorder, run, requests } = bench();
  recorder.busy = true;
  const done = run(1_000);
  for (let i = 0; i < 100; i++) await clock.advance(50);
  assert.equal(requests(), 0);
  controller.abort();
  await done;
  assert.equal(clock.sleeping, 0);
});

Deno.test("endWhenIdle() does nothing without a time", async () => {
  const { run, requests } = bench();
  await run(undefined);
  assert.equal(requests(), 0);
});
