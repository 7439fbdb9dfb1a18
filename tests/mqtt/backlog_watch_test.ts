import assert from "node:assert/strict";
import { type Backlog, BacklogWatch } from "../../lib/mqtt/backlog_watch.ts";

/** Large enough for the network's buffers to hold few. */
const BYTES = 5_000;

/** A watch over a broker that is asked by hand, and the backlogs it tells of. */
function watching(version: 4 | 5 = 5) {
  const backlogs: Backlog[] = [];
  let asks = 0;
  const ask = () => void asks++;
  const watch = new BacklogWatch();
  watch.onBacklog = (backlog) => backlogs.push(backlog);
  watch.connect(0, ask, version);
  let arrived = 0;
  /** Messages come at some moment; `open` wait to be acknowledged by then. */
  const come = (now: number, packets: number, open = 0, bytes = BYTES): void => {
    arrived += packets;
    watch.came(now, { packets, bytes: packets * bytes }, open);
  };
  /** The broker is asked and answers; `between` messages come before its answer. */
  const answer = (
    from: number,
    to: number,
    { between = 0, open = 0, bytes = BYTES } = {},
  ): void => {
    const asked = watch.asks(from, { open, arrived });
    if (between > 0) come(to, between, open, bytes);
    watch.answered(asked, to, arrived);
  };
  return { watch, backlogs, ask, come, answer, count: () => asks };
}

const plain = { severe: true, heldBack: false };

Deno.test("messages that come one by one are no backlog, however many", () => {
  for (const version of [4, 5] as const) {
    const { watch, backlogs, come, answer } = watching(version);
    for (let now = 0; now < 100_000; now += 10) {
      come(now, 1);
      if (watch.isDue(now)) answer(now, now + 1);
      if (now % 1_000 === 0) watch.tick(now);
    }
    assert.deepEqual([backlogs, watch.current(100_000)], [[], undefined]);
  }
});

Deno.test("what came between a question and its answer had been waiting, but for what was on its way", () => {
  const cases = [[913, BYTES, false], [914, BYTES, true], [1_500, 100, false], [3_278, 100, true]];
  for (const [count, bytes, events] of cases as [number, number, boolean][]) {
    const { watch, backlogs, come, answer } = watching();
    watch.tick(9_000);
    come(9_100, 1);
    watch.asks(9_150, { open: 0, arrived: 0 });
    answer(9_160, 9_161);
    answer(9_170, 9_900, { between: count, bytes });
    answer(10_000, 10_001);
    watch.tick(11_000);
    const expected = [{ from: 9_160, to: 10_001, ...plain }];
    assert.deepEqual(backlogs, events ? expected : [], `${count} of ${bytes}`);
  }
});

Deno.test("a window that stays as full as it ever was shows that the broker has more", () => {
  for (const version of [4, 5] as const) {
    for (const [open, severe] of [[20, true], [9, false]] as const) {
      const { watch, backlogs, come, answer } = watching(version);
      for (let now = 0; now < 1_500; now += 100) {
        come(now, 80, open, 50);
        answer(now, now + 5, { open });
      }
      assert.deepEqual(backlogs, []);
      const from = version === 5 ? 0 : 0;
      assert.deepEqual(watch.current(1_500), { from, to: 1_500, severe, heldBack: false });
    }
  }
});

Deno.test("a number in flight that falls proves that nothing was queued", () => {
  for (const version of [4, 5] as const) {
    const { watch, backlogs, come, answer } = watching(version);
    for (let now = 0; now < 60_000; now += 100) {
      come(now, 100, 0, 50);
      answer(now, now + 5, { open: now % 200 === 0 ? 100 : 50 });
    }
    assert.deepEqual([backlogs, watch.current(60_000)], [[], undefined]);
  }
});

Deno.test("a number in flight that grows proves that the window was not full before", () => {
  for (const version of [4, 5] as const) {
    const { watch, come, answer } = watching(version);
    // Nothing is acknowledged, as the disk is slow.
    for (let open = 100; open < 5_000; open += 100) {
      come(open, 100, open, 50);
      answer(open, open + 5, { open });
    }
    assert.equal(watch.current(5_000) !== undefined, version === 4, "3.1.1 knows no such window");
  }
});

Deno.test("with MQTT 3.1.1 less than there has ever been in flight proves nothing", () => {
  for (const version of [4, 5] as const) {
    const { watch, come, answer } = watching(version);
    come(0, 500, 0, 50);
    answer(0, 5, { open: 500 });
    answer(6, 7, { open: 20 });
    for (let now = 100; now < 2_000; now += 100) {
      come(now, 80, 20, 50);
      answer(now, now + 5, { open: 20 });
    }
    assert.equal(watch.current(2_000) !== undefined, version === 4);
  }
});

Deno.test("a long time in which nothing is proven is told whatever is known of it", () => {
  for (const [ms, severe] of [[1_900, false], [2_000, true]] as const) {
    const { watch, backlogs, come, answer } = watching();
    for (let now = 0; now < ms; now += 100) {
      come(now, 100, 0, 50);
      answer(now, now + 5, { open: 5 });
    }
    come(ms, 20, 5, 50);
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
    watch.asks(100, { open: 0, arrived: 0 });
    come(200, count, 0, 50);
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
  const { watch, backlogs, ask, come, answer } = watching();
  come(100, 1);
  answer(100, 900, { between: 1_000 });
  watch.lost(950, () => {});
  assert.deepEqual(backlogs, [], "another connection's end");
  watch.lost(950, ask);
  assert.deepEqual(backlogs, [{ from: 0, to: 950, ...plain }]);
  watch.connect(2_000, ask, 5);
  assert.equal(watch.current(2_500), undefined);
});

Deno.test("the broker is asked now and then while messages come, and not while none do", () => {
  const { watch, come, answer, count } = watching();
  for (let now = 1_000; now <= 10_000; now += 1_000) watch.tick(now);
  assert.equal(count(), 0);
  // A message a second is not worth a question each.
  for (let now = 11_000; now <= 13_000; now += 1_000) {
    come(now, 1);
    watch.tick(now);
  }
  assert.equal(count(), 0);
  come(13_500, 5);
  watch.tick(14_000);
  assert.equal(count(), 1);
  answer(14_000, 14_001);
  assert.deepEqual([watch.isDue(14_004), watch.isDue(15_001)], [false, false], "nothing new");
  come(15_002, 250);
  assert.equal(watch.isDue(15_002), true);
});

Deno.test("every second question waits for acknowledgements to leave", () => {
  const { watch, come } = watching();
  come(500, 200);
  assert.deepEqual([watch.isDue(500, 1), watch.isDue(500)], [false, true]);
  assert.equal(watch.isDue(1_000, 1), true, "but not for long");
  watch.answered(watch.asks(1_000, { open: 0, arrived: 200 }), 1_001, 200);
  come(1_010, 200);
  assert.equal(watch.isDue(1_010, 1), true);
});
