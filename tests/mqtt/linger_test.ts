import assert from "node:assert/strict";
import { Linger } from "../../lib/mqtt/linger.ts";

/** Counts `count` messages in one read. */
function come(linger: Linger, count: number): void {
  for (let i = 0; i < count; i++) linger.received();
  linger.measure();
}

Deno.test("Linger.pauseMs() lasts until 3 ms after the previous batch began", () => {
  const linger = new Linger();
  assert.ok(linger.pauseMs(0) < 0);
  linger.begin(100);
  assert.deepEqual([100, 102, 103, 104].map((now) => linger.pauseMs(now)), [3, 1, 0, -1]);
});

Deno.test("Linger.isWindowFull() is true near the maximum in flight on this connection", () => {
  const linger = new Linger();
  assert.equal(linger.isWindowFull(0), false);
  come(linger, 20);
  assert.deepEqual([17, 18, 20].map((waiting) => linger.isWindowFull(waiting)), [
    false,
    true,
    true,
  ]);
  // Messages being written are in flight too.
  come(linger, 20);
  assert.equal(linger.isWindowFull(20), false);
  linger.acknowledged(20);
  come(linger, 10);
  assert.deepEqual([30, 36].map((waiting) => linger.isWindowFull(waiting)), [false, true]);
  linger.reset();
  come(linger, 2);
  assert.equal(linger.isWindowFull(2), true);
});
