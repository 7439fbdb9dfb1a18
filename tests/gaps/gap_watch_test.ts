import assert from "node:assert/strict";
import type { Backlog } from "../../lib/mqtt/backlog.ts";
import type { Gap } from "../../lib/message/gap.ts";
import {
  back,
  type GapWatchFixture,
  LEFT,
  lost,
  noted,
  type Options,
  row,
  rowsOf,
  START,
} from "../support/gap_watch_fixture.ts";

/** The broker's count, published some seconds later. */
async function counted({ clock, drops }: GapWatchFixture, dropped: number): Promise<void> {
  await clock.advance(9_000);
  drops.publish(dropped);
}

/** Loses a connection for 1,234 ms; the broker drops messages or not. */
const outage =
  (resumed: boolean, qos0 = false, dropped = 0) => async (fixture: GapWatchFixture) => {
    const { clock, onEvent, receiveQueue, drops } = fixture;
    receiveQueue.qos0 = qos0;
    drops.publish(7);
    onEvent(lost(clock.now()));
    await clock.advance(1_234);
    onEvent(back(resumed));
    await counted(fixture, 7 + dropped);
  };

/** The gap of a broker queue with drops. */
const queue = (count: number) => ({
  cause: "broker queue" as const,
  detail: `${count} dropped, all clients`,
});

Deno.test("GapWatch logs nothing in a run without an incident", async () => {
  const rows = await rowsOf(async ({ onEvent, ticks, gaps }) => {
    onEvent(back(false, false));
    await ticks(3);
    onEvent(LEFT);
    assert.deepEqual(gaps.total.count, 0);
  });
  assert.deepEqual(rows, []);
});

Deno.test("GapWatch rates the risk of a lost connection by session and QoS", async () => {
  const cases: readonly (readonly [
    (fixture: GapWatchFixture) => Promise<void>,
    Options,
    Pick<Gap, "session" | "atRisk">,
  ])[] = [
    [outage(true), { counts: true }, { session: "resumed", atRisk: "no" }],
    [outage(true, true), { counts: true }, { session: "resumed", atRisk: "qos0" }],
    [outage(true), { counts: true, qos: 0 }, { session: "resumed", atRisk: "yes" }],
    [outage(false), { counts: true }, { session: "lost", atRisk: "yes" }],
    [outage(false), { counts: true, sessionExpiryS: 0 }, { session: "none", atRisk: "yes" }],
    // A broker that publishes no drop count.
    [outage(true), { counts: false }, { session: "resumed", atRisk: "yes" }],
  ];
  for (const [body, options, rest] of cases) {
    assert.deepEqual(await rowsOf(body, options), [row(0, 1_234, "connection lost", rest)]);
  }
});

Deno.test("GapWatch cannot exclude QoS 0 in an outage before which nothing had come", async () => {
  for (const [before, atRisk] of [[0, "qos0"], [1, "no"]] as const) {
    const rows = await rowsOf(async (fixture) => {
      const { clock, onEvent, receiveQueue, drops } = fixture;
      receiveQueue.received = before;
      drops.publish(7);
      onEvent(lost(clock.now()));
      await clock.advance(1_234);
      receiveQueue.received++; // A resumed session brings its messages first.
      onEvent(back(true));
      await counted(fixture, 7);
    }, { counts: true });
    assert.deepEqual(rows, [row(0, 1_234, "connection lost", { session: "resumed", atRisk })]);
  }
});

Deno.test("GapWatch rates an outage by QoS 0 messages that come until the broker's count", async () => {
  const rows = await rowsOf(async (fixture) => {
    const { clock, onEvent, receiveQueue, drops } = fixture;
    drops.publish(7);
    onEvent(lost(clock.now()));
    await clock.advance(1_234);
    onEvent(back(true));
    await clock.advance(3_000);
    receiveQueue.qos0 = true;
    await counted(fixture, 7);
  }, { counts: true });
  const rest = { session: "resumed", atRisk: "qos0" } as const;
  assert.deepEqual(rows, [row(0, 1_234, "connection lost", rest)]);
});

Deno.test("GapWatch tells dropped messages once, also if two gaps may have lost them", async () => {
  const rows = await rowsOf(async (fixture) => {
    const { clock, onEvent, drops } = fixture;
    drops.publish(0);
    for (let i = 0; i < 2; i++) {
      onEvent(lost(clock.now()));
      await clock.advance(1_234);
      onEvent(back(true));
      await clock.advance(2_000);
    }
    await counted(fixture, 300);
  }, { counts: true });
  const rest = { session: "resumed", atRisk: "yes" } as const;
  assert.deepEqual(rows, [
    row(0, 1_234, queue(300).cause, { ...rest, detail: queue(300).detail }),
    row(3_234, 4_468, "broker queue", rest),
  ]);
});

Deno.test("GapWatch logs a possible backlog too if the count grew, whatever else may explain it", async () => {
  const kept = { session: "kept", atRisk: "yes" } as const;
  const resumed = { session: "resumed", atRisk: "yes" } as const;
  const { cause, detail } = queue(300);
  // Possible backlogs, until some moments after the first count.
  const cases: readonly (readonly [readonly number[], readonly string[]])[] = [
    [[1_000], [row(500, 1_000, cause, kept)]],
    [[1_000, 2_200], [row(500, 2_200, cause, kept)]],
    [[1_000, 2_600], [row(500, 1_000, cause, kept), row(2_100, 2_600, cause, kept)]],
    [[4_500], []],
  ];
  for (const [ends, rows] of cases) {
    const logged = await rowsOf(async (fixture) => {
      const { clock, onEvent, receiveQueue, drops } = fixture;
      drops.publish(0);
      const report = async (until: number) => {
        await clock.advance(START + until - clock.now());
        const to = clock.monotonic();
        receiveQueue.backlog.onBacklog({ from: to - 500, to, severe: false, heldBack: false });
      };
      for (const end of ends.filter((end) => end < 4_000)) await report(end);
      await clock.advance(START + 4_000 - clock.now());
      onEvent(lost(clock.now()));
      for (const end of ends.filter((end) => end > 4_000)) await report(end);
      await clock.advance(START + 5_000 - clock.now());
      onEvent(back(true));
      await counted(fixture, 300);
    }, { counts: true });
    assert.deepEqual(logged, [...rows, row(4_000, 5_000, cause, { ...resumed, detail })]);
  }
});

Deno.test("GapWatch leaves dropped messages to a gap that the count does not include yet", async () => {
  const { cause, detail } = queue(300);
  for (const isCounted of [true, false]) {
    const rows = await rowsOf(async (fixture) => {
      const { clock, onEvent, receiveQueue, drops } = fixture;
      drops.publish(0);
      await clock.advance(1_000);
      const to = clock.monotonic();
      receiveQueue.backlog.onBacklog({ from: to - 500, to, severe: false, heldBack: false });
      drops.ask();
      await clock.advance(2_000);
      onEvent(lost(clock.now()));
      await clock.advance(1_500);
      const { ask } = drops;
      drops.ask = () => {}; // The broker reads it after it has counted.
      onEvent(back(true));
      drops.publish(300);
      drops.ask = ask;
      drops.ask();
      if (isCounted) await counted(fixture, 300);
    }, { counts: true });
    const kept = { session: "kept", atRisk: "yes" } as const;
    const resumed = { session: "resumed", atRisk: "yes" } as const;
    assert.deepEqual(rows.toSorted(), [
      row(500, 1_000, "broker queue", kept),
      isCounted
        ? row(3_000, 4_500, cause, { ...resumed, detail })
        : row(3_000, 4_500, "connection lost", resumed),
    ]);
  }
});

Deno.test("GapWatch logs what a restarted broker dropped, which counts anew", async () => {
  const rows = await rowsOf(async (fixture) => {
    const { clock, onEvent, drops } = fixture;
    drops.publish(0);
    const away = async () => {
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      await clock.advance(1_000);
    };
    await away();
    await counted(fixture, 300);
    // It was restarted 100 s ago, and has dropped more since than before.
    await clock.advance(200_000);
    drops.publish(0, 100);
    await away();
    drops.publish(500, 102);
  }, { counts: true });
  assert.deepEqual(rows.map((row) => row.split(",").slice(3).join()), [
    '"broker queue: 300 dropped, all clients",resumed,yes',
    '"broker queue: 500 dropped, all clients",resumed,yes',
  ]);
});

Deno.test("GapWatch logs a risk for a resumed session if the broker dropped messages", async () => {
  const rows = await rowsOf(async (fixture) => {
    await outage(true, false, 5_289)(fixture);
    assert.deepEqual(fixture.events.map((event) => event.type === "dropped" && event.count), [
      5_289,
    ]);
  }, { counts: true });
  const { cause, detail } = queue(5_289);
  assert.deepEqual(rows, [row(0, 1_234, cause, { detail, session: "resumed", atRisk: "yes" })]);
});

Deno.test("GapWatch takes no count from before the end of a gap, or of a restarted broker, as proof", async () => {
  const rest = { session: "resumed", atRisk: "yes" } as const;
  const bodies: ((fixture: GapWatchFixture) => Promise<void>)[] = [
    // The run ends before the count comes.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      await clock.advance(500);
    },
    // The PINGREQ was too late.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      drops.onReading({ dropped: 0, uptimeS: 1_001, time: clock.now() }, clock.now() - 1);
    },
    // The broker was started during the gap.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      await clock.advance(9_000);
      drops.publish(0, 9);
    },
    // There was no earlier count, and the broker has dropped some since its start.
    async (fixture) => {
      fixture.onEvent(lost(fixture.clock.now()));
      await fixture.clock.advance(1_000);
      fixture.onEvent(back(true));
      await counted(fixture, 1);
    },
    // The count does not come.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      await clock.advance(302_000);
      drops.publish(0);
    },
  ];
  for (const body of bodies) {
    const rows = await rowsOf(body, { counts: true });
    assert.deepEqual(rows, [row(0, 1_000, "connection lost", rest)]);
  }
});

Deno.test("GapWatch logs correct gaps while the clock is set", async () => {
  for (const ms of [-3_600_000, 3_600_000]) {
    const rows = await rowsOf(async (fixture) => {
      const { clock, onEvent, drops, ticks } = fixture;
      drops.publish(3);
      clock.set(ms);
      await ticks(12);
      onEvent(lost(clock.now()));
      clock.set(-ms);
      await clock.advance(1_000);
      onEvent(back(true));
      await counted(fixture, 3);
    }, { counts: true });
    assert.deepEqual(rows.map((text) => text.split(",").slice(2)), [
      ["1.000", "connection lost", "resumed", "no"],
    ]);
  }
});

Deno.test("GapWatch assumes QoS 0 messages before the first message", async () => {
  const rows = await rowsOf(async (fixture) => {
    fixture.receiveQueue.received = 0;
    await outage(true)(fixture);
  }, { counts: true });
  const rest = { session: "resumed", atRisk: "qos0" } as const;
  assert.deepEqual(rows, [row(0, 1_234, "connection lost", rest)]);
});

Deno.test("GapWatch keeps an undecided gap in the state", async () => {
  await rowsOf(async (fixture) => {
    const { clock, drops, onEvent } = fixture;
    drops.publish(0);
    onEvent(lost(clock.now()));
    await noted(fixture);
    onEvent(back(true));
    const { open, drops: previousRun } = await noted(fixture);
    assert.deepEqual(open.map(({ cause, ms, atRisk }) => [cause, ms, atRisk]), [
      ["connection lost", 1_000, "yes"],
    ]);
    assert.deepEqual(previousRun, { dropped: 0, uptimeS: 1_000, time: START });
    await counted(fixture, 0);
    await noted(fixture); // Its row may be on its way to the disk.
    assert.deepEqual((await noted(fixture)).open, []);
  }, { counts: true });
});

Deno.test("GapWatch logs a pause of the process while the connection stayed", async () => {
  for (const dropped of [0, 12]) {
    const rows = await rowsOf(async (fixture) => {
      fixture.drops.publish(3);
      await fixture.ticks(2);
      await fixture.clock.jump(6_000);
      await counted(fixture, 3 + dropped);
    }, { counts: true });
    const { cause, detail } = queue(dropped);
    const kept = { session: "kept" } as const;
    assert.deepEqual(rows, [
      dropped === 0
        ? row(2_000, 8_000, "process paused", { ...kept, atRisk: "no" })
        : row(2_000, 8_000, cause, { ...kept, detail, atRisk: "yes" }),
    ]);
  }
});

Deno.test("GapWatch logs one row for a connection lost during a pause of the process", async () => {
  const rows = await rowsOf(async (fixture) => {
    const { clock, onEvent, ticks } = fixture;
    await ticks(2);
    fixture.answers = false;
    await clock.jump(60_000);
    onEvent(lost(clock.now()));
    await clock.advance(500);
    onEvent(back(true));
  });
  const rest = { session: "resumed", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(2_000, 62_500, "connection lost", rest)]);
});

Deno.test("GapWatch logs two rows for a connection that survived a pause and is lost later", async () => {
  const rows = await rowsOf(async ({ clock, onEvent, ticks }) => {
    await ticks(2);
    await clock.jump(6_000);
    await ticks(3);
    onEvent(lost(clock.now()));
    await clock.advance(500);
    onEvent(back(true));
  });
  const atRisk = "yes" as const;
  assert.deepEqual(rows, [
    row(2_000, 8_000, "process paused", { session: "kept", atRisk }),
    row(11_000, 11_500, "connection lost", { session: "resumed", atRisk }),
  ]);
});

Deno.test("GapWatch takes a clock that is set for no sleep once the broker has answered", async () => {
  const rows = await rowsOf(async ({ clock, onEvent, ticks }) => {
    await ticks(2);
    clock.set(7_200_000);
    await ticks(3);
    onEvent(lost(clock.now()));
    await clock.advance(500);
    onEvent(back(true));
  });
  const rest = { session: "resumed", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(7_205_000, 7_205_500, "connection lost", rest)]);
});

Deno.test("GapWatch begins a stall with what was on its way here then, at QoS 0", async () => {
  for (const [qos0, from] of [[false, 4_000], [true, 0]] as const) {
    const rows = await rowsOf(async ({ clock, onEvent, receiveQueue }) => {
      receiveQueue.qos0 = qos0;
      receiveQueue.backlog.connect(clock.monotonic(), () => {}, 5);
      for (let i = 0; i < 10; i++) {
        await clock.advance(500);
        receiveQueue.backlog.received(clock.monotonic(), { packets: 5, bytes: 500 }, 0);
      }
      onEvent({ type: "stalled", cause: new Error("full"), forMs: 1_000 });
      await clock.advance(1_000);
      onEvent({ type: "resumed" });
    });
    assert.deepEqual(rows, [
      row(from, 6_000, "write stall", { session: "kept", atRisk: "yes" }),
    ]);
  }
});

Deno.test("GapWatch starts a gap at the last sign of the broker, and measures it monotonically", async () => {
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    await clock.advance(50_000);
    onEvent(lost(clock.now() - 45_000));
    clock.set(-3_600_000);
    await clock.advance(1);
    onEvent(back(true));
  });
  const [from, to, seconds] = rows[0]!.split(",");
  assert.deepEqual(
    [from, to, seconds],
    [new Date(START + 5_000).toISOString(), new Date(START - 3_549_999).toISOString(), "45.001"],
  );
});

Deno.test("GapWatch logs a run that ends while the broker is away, with the fate of the session", async () => {
  for (const [kept, session] of [[true, "kept"], [false, "none"]] as const) {
    const rows = await rowsOf(async ({ clock, onEvent }) => {
      onEvent(lost(clock.now()));
      await clock.advance(700);
      onEvent({ ...LEFT, kept });
    });
    assert.deepEqual(rows, [row(0, 700, "connection lost", { session, atRisk: "yes" })]);
  }
});

Deno.test("GapWatch logs a takeover as at risk from its start", async () => {
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    await clock.advance(9_000);
    onEvent(lost(START + 500, true));
    onEvent({ ...LEFT, kept: true, undelivered: true, takenOver: true });
  });
  const rest = { session: "kept", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(500, 9_000, "client id taken over", rest)]);
});

Deno.test("GapWatch logs a refused filter from the loss of the connection", async () => {
  const refusal = { topic: "a/#", asked: 1 as const, granted: undefined, code: 0x87 };
  const downgrade = { topic: "b/#", asked: 1, granted: 0, code: 0 } as const;
  const both = { ...back(true), refused: [refusal, downgrade] };
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    onEvent(lost(clock.now()));
    await clock.advance(100);
    onEvent(both);
    await clock.advance(30_000);
    onEvent({ type: "subscribed", refused: [refusal] });
    // Still refused on the next connection: the same gap.
    onEvent(lost(clock.now()));
    await clock.advance(400);
    onEvent({ ...back(true), refused: [refusal] });
    await clock.advance(500);
    onEvent(LEFT);
  });
  const kept = { session: "kept", atRisk: "yes" } as const;
  const resumed = { session: "resumed", atRisk: "yes" } as const;
  assert.deepEqual(rows, [
    row(0, 100, "connection lost", resumed),
    row(0, 30_100, "subscription downgraded", { ...kept, detail: "b/#" }),
    row(30_100, 30_500, "connection lost", resumed),
    row(0, 31_000, "subscription refused", { ...kept, detail: "a/#" }),
  ]);
});

Deno.test("GapWatch logs a filter refused at the start until it is granted, a lower QoS to the end", async () => {
  const refusal = { topic: "a/#", asked: 1 as const, granted: undefined, code: 0x87 };
  const downgrade = { topic: "b/#", asked: 1, granted: 0, code: 0 } as const;
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    onEvent({ ...back(true), again: false, refused: [refusal, downgrade] });
    await clock.advance(30_000);
    onEvent({ type: "subscribed", refused: [downgrade] });
    await clock.advance(1_000);
    onEvent(LEFT);
  });
  const kept = { session: "kept", atRisk: "yes" } as const;
  assert.deepEqual(rows, [
    row(0, 30_000, "subscription refused", { ...kept, detail: "a/#" }),
    row(0, 31_000, "subscription downgraded", { ...kept, detail: "b/#" }),
  ]);
});

Deno.test("GapWatch logs a write stall as at risk unless the broker dropped nothing", async () => {
  for (const counts of [false, true]) {
    const rows = await rowsOf(async (fixture) => {
      const { clock, onEvent, ticks, drops } = fixture;
      fixture.receiveQueue.qos0 = true; // A broker that counts what it drops counts these too.
      drops.publish(0);
      await ticks(3);
      onEvent({ type: "stalled", cause: "slow", forMs: 2_001 });
      await clock.advance(50);
      onEvent({ type: "stalled", cause: "failed", forMs: 10 });
      await clock.advance(49);
      onEvent({ type: "resumed" });
      await counted(fixture, 0);
    }, { counts });
    const rest = { session: "kept", atRisk: counts ? "no" : "yes" } as const;
    assert.deepEqual(rows, [row(999, 3_099, "write stall", rest)]);
  }
});

Deno.test("GapWatch logs QoS 0 rows as at risk after a failed sync", async () => {
  const rows = await rowsOf(async ({ clock, onEvent, ticks }) => {
    await ticks(3);
    onEvent({ type: "unsynced", cause: "failed", since: clock.now() - 250 });
  });
  assert.deepEqual(rows, [row(2_750, 3_000, "sync failed", { session: "kept", atRisk: "yes" })]);
});

Deno.test("GapWatch logs a stall that lasts until the end", async () => {
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    onEvent({ type: "stalled", cause: "failed", forMs: 0 });
    await clock.advance(80);
  });
  const rest = { session: "kept", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(0, 80, "write stall", rest)]);
});

/** Reports a backlog of some length. */
const backlog =
  (ms: number, more: Partial<Backlog> = {}, dropped = 0) => async (fixture: GapWatchFixture) => {
    const { clock, receiveQueue, drops, ticks } = fixture;
    drops.publish(3);
    await ticks(1);
    await clock.advance(ms);
    const to = clock.monotonic();
    receiveQueue.backlog.onBacklog({ from: to - ms, to, severe: true, heldBack: false, ...more });
    await counted(fixture, 3 + dropped);
  };

Deno.test("GapWatch logs a backlog that was long or may have exceeded the queue", async () => {
  const kept = { session: "kept" } as const;
  const no = { ...kept, atRisk: "no" } as const, yes = { ...kept, atRisk: "yes" } as const;
  const { cause, detail } = queue(40);
  const possible = { severe: false };
  const heldBack = { heldBack: true };
  const cases:
    readonly (readonly [(fixture: GapWatchFixture) => Promise<void>, boolean, string[]])[] = [
      [backlog(2_500), true, [row(1_000, 3_500, "broker queue", no)]],
      [backlog(2_500, heldBack), true, [row(1_000, 3_500, "overload", no)]],
      [backlog(500), true, []],
      [backlog(500, {}, 40), true, [row(1_000, 1_500, cause, { ...yes, detail })]],
      [backlog(500, possible, 40), true, [row(1_000, 1_500, cause, { ...yes, detail })]],
      [backlog(2_500, possible), true, []],
      // A broker that publishes no count.
      [backlog(500), false, [row(1_000, 1_500, "broker queue", yes)]],
      [backlog(500, possible), false, []],
    ];
  for (const [body, counts, rows] of cases) assert.deepEqual(await rowsOf(body, { counts }), rows);
});

Deno.test("GapWatch reconnects after a broker dropped messages, as long as that leaves fewer", async () => {
  // Without messages in flight nothing is redelivered; a reconnect would lose QoS 0.
  const cases = [[true, false, 5], [false, false, 0], [true, true, 0]] as const;
  for (const [undelivered, qos0, reconnects] of cases) {
    await rowsOf(async (fixture) => {
      const { clock, onEvent, receiveQueue } = fixture;
      receiveQueue.backlog.undelivered = undelivered;
      receiveQueue.qos0 = qos0;
      let dropped = 9_003;
      await backlog(500, {}, 9_000)(fixture);
      // The first count holds a part, then fewer are dropped each time, and others lose as many.
      for (const more of [12_000, 3_000, 2_000, 2_000, 2_000, 2_000]) {
        onEvent(lost(clock.now()));
        await clock.advance(400);
        onEvent(back(true));
        await counted(fixture, dropped += more);
      }
      assert.equal(fixture.reconnects, reconnects);
    }, { counts: true });
  }
});

Deno.test("GapWatch takes nothing for undelivered once the count shows that nothing was dropped", async () => {
  for (const dropped of [0, 1]) {
    await rowsOf(async (fixture) => {
      fixture.receiveQueue.backlog.undelivered = true;
      await backlog(500, {}, dropped)(fixture);
      assert.equal(fixture.receiveQueue.backlog.undelivered, dropped > 0);
    }, { counts: true });
  }
});

Deno.test("GapWatch extends a gap by the backlog at its end", async () => {
  // SUBACK may come after the backlog of a resumed session.
  for (const isLate of [false, true]) {
    const rows = await rowsOf(async (fixture) => {
      const { clock, onEvent, receiveQueue, drops } = fixture;
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      const from = clock.monotonic();
      if (!isLate) onEvent(back(true));
      await clock.advance(700);
      const to = clock.monotonic();
      receiveQueue.backlog.onBacklog({ from, to, severe: true, heldBack: false });
      if (isLate) onEvent(back(true));
      await counted(fixture, 0);
    }, { counts: true });
    const rest = { session: "resumed", atRisk: "no" } as const;
    assert.deepEqual(rows, [row(0, 1_700, "connection lost", rest)]);
  }
});

Deno.test("GapWatch.total adds up all rows and keeps the worst risk", async () => {
  await rowsOf(async (fixture) => {
    const { clock, onEvent, gaps, drops, receiveQueue } = fixture;
    drops.publish(0);
    const totals = async (resumed: boolean) => {
      onEvent(lost(clock.now()));
      await clock.advance(1_001);
      onEvent(back(resumed));
      await counted(fixture, 0);
      const { count, ms, worst, unwritten } = gaps.total;
      assert.equal(unwritten, undefined);
      return [count, ms, worst];
    };
    assert.deepEqual(await totals(true), [1, 1_001, "no"]);
    receiveQueue.qos0 = true;
    assert.deepEqual(await totals(true), [2, 2_002, "qos0"]);
    assert.deepEqual(await totals(false), [3, 3_003, "yes"]);
    assert.deepEqual(await totals(true), [4, 4_004, "yes"]);
  }, { counts: true });
});
