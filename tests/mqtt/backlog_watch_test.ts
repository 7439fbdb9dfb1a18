import assert from "node:assert/strict";
import type { Backlog } from "../../lib/mqtt/backlog.ts";
import { BacklogWatch } from "../../lib/mqtt/backlog_watch.ts";

/** A watch over a broker that is asked by hand, and the backlogs it tells of. */
function watching() {
  const backlogs: Backlog[] = [];
  let asks = 0;
  const ask = () => void asks++;
  const watch = new BacklogWatch();
  watch.onBacklog = (backlog) => backlogs.push(backlog);
  watch.connect(0, ask);
  let arrived = 0;
  /** Messages come at some moment; `open` wait to be acknowledged by then. */
  const come = (now: number, count: number, open = 0): void => {
    arrived += count;
    watch.received(now, count, open);
  };
  /** The broker is asked and answers; `between` messages come before its answer. */
  const answer = (from: number, to: number, { between = 0, open = 0 } = {}): void => {
    const asked = watch.asked(from, { open, arrived });
    if (between > 0) come(to, between, open);
    watch.answered(asked, to, arrived);
  };
  return { watch, backlogs, ask, come, answer, count: () => asks };
}

const plain = { severe: true, heldBack: false };

Deno.test("messages that come one by one are no backlog, however many", () => {
  const { watch, backlogs, come, answer } = watching();
  for (let now = 0; now < 100_000; now += 10) {
    come(now, 1);
    if (watch.isDue(now)) answer(now, now + 1);
    if (now % 1_000 === 0) watch.tick(now);
  }
  assert.deepEqual([backlogs, watch.current(100_000)], [[], undefined]);
});

Deno.test("what came between a question and its answer had been waiting", () => {
  for (const count of [898, 900]) {
    const { watch, backlogs, come, answer } = watching();
    watch.tick(9_000);
    come(9_100, 1);
    answer(9_100, 9_900, { between: count });
    answer(10_000, 10_001);
    watch.tick(11_000);
    assert.deepEqual(backlogs, count < 900 ? [] : [{ from: 9_000, to: 10_001, ...plain }]);
  }
});

Deno.test("a window that is refilled with each acknowledgement shows that the broker has more", () => {
  const { watch, backlogs, come, answer } = watching();
  for (let now = 0; now < 5_000; now += 100) {
    come(now, 20, 20);
    answer(now, now + 5, { open: 20 });
  }
  assert.deepEqual(backlogs, []);
  assert.deepEqual(watch.current(5_000), { from: 0, to: 5_000, ...plain });
});

Deno.test("a number in flight that falls proves that nothing was queued", () => {
  const { watch, backlogs, come, answer } = watching();
  for (let now = 0; now < 60_000; now += 100) {
    come(now, 100);
    answer(now, now + 5, { open: now % 200 === 0 ? 100 : 50 });
  }
  assert.deepEqual([backlogs, watch.current(60_000)], [[], undefined]);
});

Deno.test("a long time in which nothing is proven is told whatever is known of it", () => {
  for (const [ms, severe] of [[1_900, false], [2_000, true]] as const) {
    const { watch, backlogs, come, answer } = watching();
    for (let now = 0; now < ms; now += 100) {
      come(now, 100);
      answer(now, now + 5, { open: 20 });
    }
    come(ms, 20, 20);
    answer(ms - 1, ms);
    watch.tick(ms + 1_000);
    assert.deepEqual(backlogs, [{ from: 0, to: ms, severe, heldBack: false }]);
  }
});

Deno.test("what is not read for want of room counts, and is told as such", () => {
  const { watch, backlogs, come, answer } = watching();
  come(0, 10);
  watch.hold(100, true);
  watch.hold(2_200, false);
  answer(2_300, 2_301);
  watch.tick(3_000);
  assert.deepEqual(backlogs, [{ from: 0, to: 2_301, severe: true, heldBack: true }]);
});

Deno.test("an answer that was dropped tells of a backlog", () => {
  for (const count of [400, 500]) {
    const { watch, backlogs, come, answer } = watching();
    come(100, 1);
    watch.asked(100, { open: 0, arrived: 0 });
    come(200, count);
    assert.equal(watch.isDue(1_099), false);
    assert.equal(watch.isDue(1_100), true);
    answer(1_100, 1_101);
    watch.tick(2_000);
    assert.deepEqual(backlogs, count < 500 ? [] : [{ from: 0, to: 1_101, ...plain }]);
  }
});

Deno.test("after a silence nothing has waited since before this process last ran", () => {
  const { watch, backlogs, come, answer } = watching();
  come(0, 1);
  for (let now = 1_000; now <= 60_000; now += 1_000) watch.tick(now);
  // Frozen for 5 s: what came meanwhile is read at once.
  come(65_000, 100);
  answer(65_000, 65_100, { between: 2_000 });
  answer(65_200, 65_201);
  watch.tick(66_000);
  assert.deepEqual(backlogs, [{ from: 60_000, to: 65_201, ...plain }]);
});

Deno.test("backlogs with little between them are one", () => {
  for (const [pause, count] of [[400, 1], [600, 2]] as const) {
    const { watch, backlogs, come, answer } = watching();
    for (const now of [100, 1_000 + pause]) {
      come(now, 1);
      answer(now - 1, now);
      answer(now, now + 800, { between: 1_000 });
      answer(now + 800, now + 900);
    }
    watch.tick(9_000);
    assert.equal(backlogs.length, count);
  }
});

Deno.test("a connection that ends with a backlog tells of it, and the next one begins anew", () => {
  const bench = watching();
  const { watch, backlogs, come, answer } = bench;
  come(100, 1);
  answer(100, 900, { between: 1_000 });
  watch.lost(950, () => {});
  assert.deepEqual(backlogs, [], "another connection's end");
  watch.lost(950, bench.ask);
  assert.deepEqual(backlogs, [{ from: 0, to: 950, ...plain }]);
  watch.connect(2_000, bench.ask);
  assert.equal(watch.current(2_500), undefined);
});

Deno.test("the broker is asked now and then while messages come, and not while none do", () => {
  const bench = watching();
  const { watch, come, answer } = bench;
  for (let now = 1_000; now <= 10_000; now += 1_000) watch.tick(now);
  assert.equal(bench.count(), 0);
  // A message a second is not worth a question each.
  for (let now = 11_000; now <= 13_000; now += 1_000) {
    come(now, 1);
    watch.tick(now);
  }
  assert.equal(bench.count(), 0);
  come(13_500, 5);
  watch.tick(14_000);
  assert.equal(bench.count(), 1);
  answer(14_000, 14_001);
  assert.deepEqual([watch.isDue(14_004), watch.isDue(15_001)], [false, false], "nothing new");
  come(15_002, 250);
  assert.equal(watch.isDue(15_002), true);
});

Deno.test("every second question waits for acknowledgements to leave", () => {
  const { watch, come } = watching();
  come(1_000, 200);
  assert.deepEqual([watch.isDue(500, 1), watch.isDue(500)], [false, true]);
  assert.equal(watch.isDue(1_000, 1), true, "but not for long");
  watch.answered(watch.asked(1_000, { open: 0, arrived: 200 }), 1_001, 200);
  come(1_010, 200);
  assert.equal(watch.isDue(1_010, 1), true);
});
