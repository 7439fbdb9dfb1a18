import assert from "node:assert/strict";
import type { Backlog } from "../../lib/mqtt/backlog.ts";
import { BacklogWatch } from "../../lib/mqtt/backlog_watch.ts";

/** A watch whose PINGREQs the test answers, and the backlogs that it reports. */
function watching() {
  const backlogs: Backlog[] = [];
  let asks = 0;
  const ask = () => void asks++;
  const watch = new BacklogWatch();
  watch.onBacklog = (backlog) => backlogs.push(backlog);
  watch.connect(0, ask);
  let arrived = 0;
  /** Messages come at `time`; `open` were not acknowledged before. */
  const come = (now: number, count: number, open = 0): void => {
    arrived += count;
    watch.received(now, count, open);
  };
  /** Sends a PINGREQ and answers it; `between` messages come before the answer. */
  const answer = (from: number, to: number, { between = 0, open = 0 } = {}): void => {
    const asked = watch.asked(from, { open, arrived });
    if (between > 0) come(to, between, open);
    watch.answered(asked, to, arrived);
  };
  return { watch, backlogs, ask, come, answer, count: () => asks };
}

const plain = { severe: true, heldBack: false };

Deno.test("BacklogWatch sees no backlog in messages that come one by one", () => {
  const { watch, backlogs, come, answer } = watching();
  for (let now = 0; now < 100_000; now += 10) {
    come(now, 1);
    if (watch.isDue(now)) answer(now, now + 1);
    if (now % 1_000 === 0) watch.tick(now);
  }
  assert.deepEqual([backlogs, watch.current(100_000)], [[], undefined]);
});

Deno.test("BacklogWatch counts messages between PINGREQ and PINGRESP as a backlog", () => {
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

Deno.test("BacklogWatch sees a backlog while the broker refills its window", () => {
  const { watch, backlogs, come, answer } = watching();
  for (let now = 0; now < 5_000; now += 100) {
    come(now, 20, 20);
    answer(now, now + 5, { open: 20 });
  }
  assert.deepEqual(backlogs, []);
  assert.deepEqual(watch.current(5_000), { from: 0, to: 5_000, ...plain });
});

Deno.test("BacklogWatch takes fewer messages in flight as proof of an empty queue", () => {
  const { watch, backlogs, come, answer } = watching();
  for (let now = 0; now < 60_000; now += 100) {
    come(now, 100);
    answer(now, now + 5, { open: now % 200 === 0 ? 100 : 50 });
  }
  assert.deepEqual([backlogs, watch.current(60_000)], [[], undefined]);
});

Deno.test("BacklogWatch reports a long time without a proof as severe", () => {
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

Deno.test("BacklogWatch reports a backlog as held back if a full queue paused reading", () => {
  const { watch, backlogs, come, answer } = watching();
  come(0, 10);
  watch.hold(100, true);
  watch.hold(2_200, false);
  answer(2_300, 2_301);
  watch.tick(3_000);
  assert.deepEqual(backlogs, [{ from: 0, to: 2_301, severe: true, heldBack: true }]);
});

Deno.test("BacklogWatch sees a backlog when the broker drops a PINGRESP", () => {
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

Deno.test("BacklogWatch takes silence as proof only up to when this process last ran", () => {
  const { watch, backlogs, come, answer } = watching();
  come(0, 1);
  for (let now = 1_000; now <= 60_000; now += 1_000) watch.tick(now);
  // Frozen for 5 s: messages of that time are read at once.
  come(65_000, 100);
  answer(65_000, 65_100, { between: 2_000 });
  answer(65_200, 65_201);
  watch.tick(66_000);
  assert.deepEqual(backlogs, [{ from: 60_000, to: 65_201, ...plain }]);
});

Deno.test("BacklogWatch joins backlogs with little time between them", () => {
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

Deno.test("BacklogWatch.lost() reports the backlog, and the next connection starts without one", () => {
  const fixture = watching();
  const { watch, backlogs, come, answer } = fixture;
  come(100, 1);
  answer(100, 900, { between: 1_000 });
  watch.lost(950, () => {});
  assert.deepEqual(backlogs, [], "another connection's end");
  watch.lost(950, fixture.ask);
  assert.deepEqual(backlogs, [{ from: 0, to: 950, ...plain }]);
  watch.connect(2_000, fixture.ask);
  assert.equal(watch.current(2_500), undefined);
});

Deno.test("BacklogWatch.isDue() is true at intervals while messages come, never while none do", () => {
  const fixture = watching();
  const { watch, come, answer } = fixture;
  for (let now = 1_000; now <= 10_000; now += 1_000) watch.tick(now);
  assert.equal(fixture.count(), 0);
  // One message a second is not worth a PINGREQ each.
  for (let now = 11_000; now <= 13_000; now += 1_000) {
    come(now, 1);
    watch.tick(now);
  }
  assert.equal(fixture.count(), 0);
  come(13_500, 5);
  watch.tick(14_000);
  assert.equal(fixture.count(), 1);
  answer(14_000, 14_001);
  assert.deepEqual([watch.isDue(14_004), watch.isDue(15_001)], [false, false], "nothing new");
  come(15_002, 250);
  assert.equal(watch.isDue(15_002), true);
});

Deno.test("BacklogWatch.isDue() waits for acknowledgements before every second PINGREQ", () => {
  const { watch, come } = watching();
  come(1_000, 200);
  assert.deepEqual([watch.isDue(500, 1), watch.isDue(500)], [false, true]);
  assert.equal(watch.isDue(1_000, 1), true, "but not for long");
  watch.answered(watch.asked(1_000, { open: 0, arrived: 200 }), 1_001, 200);
  come(1_010, 200);
  assert.equal(watch.isDue(1_010, 1), true);
});
