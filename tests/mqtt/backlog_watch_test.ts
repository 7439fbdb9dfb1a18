import assert from "node:assert/strict";
import { type Backlog, TICK_MS } from "../../lib/mqtt/backlog.ts";
import { BacklogWatch } from "../../lib/mqtt/backlog_watch.ts";

/** Large enough for the network's buffers to hold few. */
const BYTES = 5_000;

/** A watch whose PINGREQs the test answers, and the backlogs that it reports. */
function watching(version: 4 | 5 = 5) {
  const backlogs: Backlog[] = [];
  let asks = 0;
  const ask = () => void asks++;
  const watch = new BacklogWatch();
  watch.onBacklog = (backlog) => backlogs.push(backlog);
  watch.connect(0, ask, version);
  let arrived = 0;
  /** Messages come at `time`; `open` were not acknowledged before. */
  const come = (now: number, packets: number, open = 0, bytes = BYTES): void => {
    arrived += packets;
    watch.received(now, { packets, bytes: packets * bytes }, open);
  };
  /** Sends a PINGREQ and answers it; `between` messages come before the answer. */
  const answer = (
    from: number,
    to: number,
    { between = 0, open = 0, bytes = BYTES } = {},
  ): void => {
    const asked = watch.asked(from, { open, arrived });
    if (between > 0) come(to, between, open, bytes);
    watch.answered(asked, to, arrived, false);
  };
  let ticked = 0;
  /** Ticks until a moment, as an idle process does. */
  const idle = (until: number): void => {
    for (; ticked <= until; ticked += TICK_MS) watch.tick(ticked);
  };
  return { watch, backlogs, ask, come, answer, idle, count: () => asks };
}

const plain = { severe: true, heldBack: false };
const severe = (backlogs: readonly Backlog[]) => backlogs.filter(({ severe }) => severe);

Deno.test("BacklogWatch sees no backlog in messages that come one by one", () => {
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

Deno.test("BacklogWatch counts messages between PINGREQ and PINGRESP, except those in the network", () => {
  const cases = [[913, BYTES, false], [914, BYTES, true], [1_500, 100, false], [3_278, 100, true]];
  for (const [count, bytes, events] of cases as [number, number, boolean][]) {
    const { watch, backlogs, come, answer } = watching();
    come(9_100, 1);
    watch.asked(9_150, { open: 0, arrived: 0 });
    answer(9_160, 9_161);
    answer(9_170, 9_900, { between: count, bytes });
    answer(10_000, 10_001);
    watch.tick(11_000);
    const expected = [{ from: 9_160, to: 9_900, ...plain }];
    assert.deepEqual(severe(backlogs), events ? expected : [], `${count} of ${bytes}`);
  }
});

Deno.test("BacklogWatch reports what a smaller queue may not have kept as possible", () => {
  for (const [count, events] of [[89, false], [90, true]] as const) {
    const { watch, backlogs, come, answer, idle } = watching();
    idle(9_000);
    come(9_100, count, 0, 50);
    answer(9_150, 9_151);
    watch.tick(11_000);
    const expected = { from: 9_000 - 2 * TICK_MS, to: 9_100, severe: false, heldBack: false };
    assert.deepEqual(backlogs, events ? [expected] : []);
  }
});

Deno.test("BacklogWatch reports as possible what a queue of 64 KB may not have kept", () => {
  for (
    const [count, bytes, events] of [[9, 100_000, false], [20, 3_200, false], [
      20,
      3_300,
      true,
    ]] as const
  ) {
    const { watch, backlogs, come, answer, idle } = watching();
    idle(9_000);
    come(9_100, count, 0, bytes);
    assert.equal(watch.isDue(9_150), true, "a PINGREQ after half of it");
    answer(9_150, 9_151);
    watch.tick(11_000);
    const expected = { from: 9_000 - 2 * TICK_MS, to: 9_100, severe: false, heldBack: false };
    assert.deepEqual(backlogs, events ? [expected] : [], `${count} of ${bytes} bytes`);
  }
});

Deno.test("BacklogWatch sees a backlog while the window stays at its maximum", () => {
  for (const version of [4, 5] as const) {
    for (const [open, severe] of [[20, true], [9, false]] as const) {
      const { watch, backlogs, come, answer } = watching(version);
      for (let now = 0; now < 1_500; now += 100) {
        come(now, 80, open, 50);
        answer(now, now + 5, { open });
      }
      assert.deepEqual(backlogs, []);
      assert.deepEqual(watch.current(1_500), { from: 0, to: 1_500, severe, heldBack: false });
    }
  }
});

Deno.test("BacklogWatch takes fewer messages in flight as proof of an empty queue", () => {
  for (const version of [4, 5] as const) {
    const { watch, backlogs, come, answer } = watching(version);
    for (let now = 0; now < 60_000; now += 100) {
      come(now, 100, 0, 50);
      answer(now, now + 5, { open: now % 200 === 0 ? 100 : 50 });
    }
    assert.deepEqual([backlogs, watch.current(60_000)], [[], undefined]);
  }
});

Deno.test("BacklogWatch takes a new maximum in flight as proof that the window was not full before", () => {
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

Deno.test("BacklogWatch takes fewer than the maximum in flight for no proof in MQTT 3.1.1", () => {
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

Deno.test("BacklogWatch reports a long time without a proof as severe", () => {
  for (const [ms, severe] of [[1_900, false], [2_000, true]] as const) {
    const { watch, backlogs, come, answer } = watching();
    for (let now = 0; now < ms; now += 100) {
      come(now, 100, 0, 50);
      answer(now, now + 5, { open: 5 });
    }
    come(ms, 20, 5, 50);
    answer(ms - 1, ms);
    watch.tick(ms + 1_000);
    const worst = backlogs.filter((backlog) => backlog.severe === severe);
    assert.deepEqual(worst, [{ from: 0, to: ms, severe, heldBack: false }]);
  }
});

Deno.test("BacklogWatch reports a backlog as held back if a full queue paused reading", () => {
  const { watch, backlogs, come, answer } = watching();
  come(0, 10);
  watch.hold(100, true);
  watch.hold(2_200, false);
  come(2_250, 10);
  answer(2_300, 2_301);
  watch.tick(3_000);
  assert.deepEqual(severe(backlogs), [{ from: 0, to: 2_250, severe: true, heldBack: true }]);
});

Deno.test("BacklogWatch sees a backlog when the broker drops a PINGRESP", () => {
  for (const count of [400, 500]) {
    const { watch, backlogs, come, answer } = watching();
    come(100, 1);
    watch.asked(100, { open: 0, arrived: 0 });
    come(200, count, 0, 50);
    assert.equal(watch.isDue(1_099), false);
    assert.equal(watch.isDue(1_100), true);
    answer(1_100, 1_101);
    watch.tick(2_000);
    assert.deepEqual(severe(backlogs), count < 500 ? [] : [{ from: 0, to: 200, ...plain }]);
  }
});

Deno.test("BacklogWatch takes silence as proof only up to when this process last read", () => {
  // Frozen for 5 s: messages of that time are read at once, perhaps after a tick that is late.
  for (const [ticks, from] of [[[], 60_000 - 2 * TICK_MS], [[64_999], 60_000 - TICK_MS]] as const) {
    const { watch, backlogs, come, answer, idle } = watching();
    come(0, 1);
    idle(60_000);
    for (const now of ticks) watch.tick(now);
    come(65_000, 100);
    answer(65_000, 65_100, { between: 2_000 });
    answer(65_200, 65_201);
    watch.tick(66_000);
    assert.deepEqual(severe(backlogs), [{ from, to: 65_100, ...plain }]);
  }
});

Deno.test("BacklogWatch takes silence for no proof while the broker may not have read acknowledgements", () => {
  for (const [count, from] of [[9, 11_000 - 2 * TICK_MS], [10, 0]] as const) {
    const { watch, backlogs, come, answer, idle } = watching();
    come(0, count);
    idle(11_000);
    come(11_500, 100);
    answer(11_600, 12_000, { between: 2_000 });
    answer(12_100, 12_101);
    watch.tick(13_000);
    assert.equal(severe(backlogs)[0]?.from, from);
  }
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
    assert.equal(severe(backlogs).length, count);
  }
});

Deno.test("BacklogWatch tells where messages in flight may have been dropped, also on later connections", () => {
  const cases = [
    [5, 1, 2_000, true],
    [5, 1, 100, false],
    [5, 0, 2_000, false],
    [4, 1, 2_000, false],
  ] as const;
  for (const [version, qos, between, undelivered] of cases) {
    const { watch, ask, come } = watching(version);
    let arrived = 0;
    const receive = (time: number, packets: number) => {
      come(time, packets);
      arrived += qos * packets;
    };
    receive(100, 1);
    const asked = watch.asked(100, { open: 0, arrived });
    receive(900, between);
    watch.answered(asked, 900, arrived, false);
    assert.equal(watch.undelivered, undelivered);
    watch.connect(2_000, ask, 5);
    assert.equal(watch.undelivered, undelivered);
  }
});

Deno.test("BacklogWatch.lost() reports the backlog, and the next connection starts without one", () => {
  const { watch, backlogs, ask, come, answer } = watching();
  come(100, 1);
  answer(100, 900, { between: 1_000 });
  watch.lost(950, () => {});
  assert.deepEqual(backlogs, [], "another connection's end");
  watch.lost(950, ask);
  assert.deepEqual(severe(backlogs), [{ from: 0, to: 950, ...plain }]);
  watch.connect(2_000, ask, 5);
  assert.equal(watch.current(2_500), undefined);
});

Deno.test("BacklogWatch.isDue() is true at intervals while messages come, never while none do", () => {
  const { watch, come, answer, count, idle } = watching();
  idle(10_000);
  assert.equal(count(), 0);
  // A single message is not worth a PINGREQ.
  come(13_000, 1);
  watch.tick(13_250);
  assert.equal(count(), 0);
  come(13_500, 1);
  watch.tick(14_000);
  assert.equal(count(), 1);
  answer(14_000, 14_001);
  assert.deepEqual([watch.isDue(14_004), watch.isDue(15_001)], [false, false], "nothing new");
  come(15_002, 250);
  assert.equal(watch.isDue(15_002), true);
});

Deno.test("BacklogWatch.isDue() is true several times within the smallest queue", () => {
  const { watch, come } = watching();
  come(500, 7, 0, 10);
  assert.equal(watch.isDue(490), false);
  come(500, 1, 0, 10);
  assert.deepEqual([watch.isDue(9), watch.isDue(10)], [false, true]);
});

Deno.test("BacklogWatch.isDue() waits for acknowledgements before every second PINGREQ", () => {
  const { watch, come } = watching();
  come(500, 200);
  assert.deepEqual([watch.isDue(500, 1), watch.isDue(500)], [false, true]);
  assert.equal(watch.isDue(1_000, 1), true, "but not for long");
  watch.answered(watch.asked(1_000, { open: 0, arrived: 200 }), 1_001, 200, false);
  come(1_010, 200);
  assert.equal(watch.isDue(1_010, 1), true);
});

Deno.test("BacklogWatch knows since when what a broker takes with it may have waited", () => {
  const { watch, come, answer, idle } = watching();
  assert.equal(watch.clearAt(0), 0, "since the start");
  come(5_000, 60);
  assert.equal(watch.clearAt(60), 0, "nothing is proven yet");
  answer(5_010, 5_020);
  assert.equal(watch.clearAt(0), 5_000, "when it was heard last");
  come(5_500, 1);
  assert.equal(watch.clearAt(1), 5_010, "the proof before the last message");
  idle(8_000);
  assert.equal(watch.clearAt(1), 5_010, "an unacknowledged message may keep the window full");
  assert.equal(watch.clearAt(0), 8_000 - 2 * TICK_MS, "silence while this process read");
});

Deno.test("BacklogWatch knows since when a kill may have taken messages on their way here", () => {
  const { watch, come, answer, idle } = watching();
  come(5_000, 60);
  assert.equal(watch.arrivedUntil, 0, "nothing is proven yet");
  answer(5_010, 5_020);
  assert.equal(watch.arrivedUntil, 5_000, "when it was heard last");
  come(5_500, 60);
  assert.equal(watch.arrivedUntil, 5_010, "the proof before the last messages");
  idle(8_000);
  assert.equal(watch.arrivedUntil, 8_000 - 2 * TICK_MS, "silence while this process read");
});

Deno.test("BacklogWatch reports no backlog in which no message came", () => {
  const { watch, backlogs, come, answer } = watching(4);
  come(0, 100, 0, 50);
  // The acknowledgements are slow.
  for (const [now, open] of [[10, 100], [20, 95], [30, 50], [40, 0]] as const) {
    answer(now, now + 1, { open });
  }
  watch.tick(9_000);
  assert.deepEqual(backlogs, []);
});

Deno.test("BacklogWatch ends a backlog with its last message, however late the answer comes", () => {
  for (const [fresh, to] of [[false, 900], [true, 5_000]] as const) {
    const { watch, backlogs, come } = watching();
    come(100, 1);
    watch.asked(100, { open: 0, arrived: 0 });
    come(900, 2_000);
    watch.answered(watch.asked(1_900, { open: 0, arrived: 0 }), 5_000, 0, fresh);
    watch.tick(9_000);
    assert.deepEqual(severe(backlogs), [{ from: 0, to, ...plain }], `fresh: ${fresh}`);
  }
});
