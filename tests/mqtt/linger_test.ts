import assert from "node:assert/strict";
import { Pace } from "../../lib/mqtt/linger.ts";

/** So many messages come, and are taken note of. */
function come(pace: Pace, count: number): void {
  for (let i = 0; i < count; i++) pace.came();
  pace.measure();
}

Deno.test("a batch may wait for more until 3 ms after the last one began", () => {
  const pace = new Pace();
  assert.ok(pace.pauseMs(0) < 0);
  pace.begin(100);
  assert.deepEqual([100, 102, 103, 104].map((now) => pace.pauseMs(now)), [3, 1, 0, -1]);
});

Deno.test("a window is full at about the most that ever was in flight on the connection", () => {
  const pace = new Pace();
  assert.equal(pace.isWindowFull(0), false);
  come(pace, 20);
  assert.deepEqual([17, 18, 20].map((waiting) => pace.isWindowFull(waiting)), [false, true, true]);
  // Those on their way to the disk are in flight too.
  come(pace, 20);
  assert.equal(pace.isWindowFull(20), false);
  pace.left(20);
  come(pace, 10);
  assert.deepEqual([30, 36].map((waiting) => pace.isWindowFull(waiting)), [false, true]);
  pace.reset();
  come(pace, 2);
  assert.equal(pace.isWindowFull(2), true);
});
