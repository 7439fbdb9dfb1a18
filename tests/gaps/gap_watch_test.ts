import assert from "node:assert/strict";
import type { Backlog } from "../../lib/mqtt/backlog.ts";
import type { Gap } from "../../lib/message/gap.ts";
import {
  back,
  type Bench,
  LEFT,
  lost,
  noted,
  type Options,
  row,
  rowsOf,
  START,
} from "../support/gap_watch_fixture.ts";

/** The broker's count, as it is published some seconds later. */
async function counted({ clock, drops }: Bench, dropped: number): Promise<void> {
  await clock.advance(9_000);
  drops.publish(dropped);
}

/** A connection that is lost and comes back 1,234 ms later; the broker dropped messages or not. */
const outage = (resumed: boolean, qos0 = false, dropped = 0) => async (bench: Bench) => {
  const { clock, onEvent, receiveQueue, drops } = bench;
  receiveQueue.qos0 = qos0;
  drops.publish(7);
  onEvent(lost(clock.now()));
  await clock.advance(1_234);
  onEvent(back(resumed));
  await counted(bench, 7 + dropped);
};

/** The broker's queue, with what it dropped. */
const queue = (count: number) => ({
  cause: "broker queue" as const,
  detail: `${count} dropped, all clients`,
});

Deno.test("a run without an incident has no row", async () => {
  const rows = await rowsOf(async ({ onEvent, ticks, gaps }) => {
    onEvent(back(false, false));
    await ticks(3);
    onEvent(LEFT);
    assert.deepEqual(gaps.total.count, 0);
  });
  assert.deepEqual(rows, []);
});

Deno.test("a connection that is lost and comes back: what is at risk depends on session and QoS", async () => {
  const cases: readonly (readonly [
    (bench: Bench) => Promise<void>,
    Options,
    Pick<Gap, "session" | "atRisk">,
  ])[] = [
    [outage(true), { counts: true }, { session: "resumed", atRisk: "no" }],
    [outage(true, true), { counts: true }, { session: "resumed", atRisk: "qos0" }],
    [outage(true), { counts: true, qos: 0 }, { session: "resumed", atRisk: "yes" }],
    [outage(false), { counts: true }, { session: "lost", atRisk: "yes" }],
    [outage(false), { counts: true, sessionExpiryS: 0 }, { session: "none", atRisk: "yes" }],
    // A broker that does not tell what it dropped.
    [outage(true), { counts: false }, { session: "resumed", atRisk: "yes" }],
  ];
  for (const [body, options, rest] of cases) {
    assert.deepEqual(await rowsOf(body, options), [row(0, 1_234, "connection lost", rest)]);
  }
});

Deno.test("a session that was resumed is at risk where the broker dropped messages meanwhile", async () => {
  const rows = await rowsOf(async (bench) => {
    await outage(true, false, 5_289)(bench);
    assert.deepEqual(bench.events.map((event) => event.type === "dropped" && event.count), [5_289]);
  }, { counts: true });
  const { cause, detail } = queue(5_289);
  assert.deepEqual(rows, [row(0, 1_234, cause, { detail, session: "resumed", atRisk: "yes" })]);
});

Deno.test("nothing is proven by a count from before the end of a gap, nor by another broker's", async () => {
  const rest = { session: "resumed", atRisk: "yes" } as const;
  const bodies: ((bench: Bench) => Promise<void>)[] = [
    // The run ends before the count comes.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      await clock.advance(500);
    },
    // The broker was not asked in time.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      drops.onReading({ dropped: 0, uptimeS: 1_001, time: clock.now() }, clock.now() - 1);
    },
    // It began to run during the gap.
    async ({ clock, onEvent, drops }) => {
      drops.publish(0);
      onEvent(lost(clock.now()));
      await clock.advance(1_000);
      onEvent(back(true));
      await clock.advance(9_000);
      drops.publish(0, 9);
    },
    // There was no count before, and it has dropped some since it began.
    async (bench) => {
      bench.onEvent(lost(bench.clock.now()));
      await bench.clock.advance(1_000);
      bench.onEvent(back(true));
      await counted(bench, 5);
    },
    // It does not come for ever so long.
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

Deno.test("where nothing has come yet, QoS 0 may have", async () => {
  const rows = await rowsOf(async (bench) => {
    bench.receiveQueue.received = 0;
    await outage(true)(bench);
  }, { counts: true });
  const rest = { session: "resumed", atRisk: "qos0" } as const;
  assert.deepEqual(rows, [row(0, 1_234, "connection lost", rest)]);
});

Deno.test("a gap stands in the state until it is decided on", async () => {
  await rowsOf(async (bench) => {
    const { clock, drops, onEvent } = bench;
    drops.publish(0);
    onEvent(lost(clock.now()));
    await noted(bench);
    onEvent(back(true));
    const { open, drops: previousRun } = await noted(bench);
    assert.deepEqual(open.map(({ cause, ms, atRisk }) => [cause, ms, atRisk]), [
      ["connection lost", 1_000, "yes"],
    ]);
    assert.deepEqual(previousRun, { dropped: 0, uptimeS: 1_000, time: START });
    await counted(bench, 0);
    assert.deepEqual((await noted(bench)).open, []);
  }, { counts: true });
});

Deno.test("a process that did not run while the connection stayed is a row", async () => {
  for (const dropped of [0, 12]) {
    const rows = await rowsOf(async (bench) => {
      bench.drops.publish(3);
      await bench.ticks(2);
      await bench.clock.jump(6_000);
      await counted(bench, 3 + dropped);
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

Deno.test("a connection that was lost while the process did not run is one row", async () => {
  const rows = await rowsOf(async (bench) => {
    const { clock, onEvent, ticks } = bench;
    await ticks(2);
    bench.answers = false;
    await clock.jump(60_000);
    onEvent(lost(clock.now()));
    await clock.advance(500);
    onEvent(back(true));
  });
  const rest = { session: "resumed", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(2_000, 62_500, "connection lost", rest)]);
});

Deno.test("a gap begins when the broker was last heard, and is as long as it was by no wall clock", async () => {
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

Deno.test("a run that ends while the broker is away says so, and what became of the session", async () => {
  for (const [kept, session] of [[true, "kept"], [false, "none"]] as const) {
    const rows = await rowsOf(async ({ clock, onEvent }) => {
      onEvent(lost(clock.now()));
      await clock.advance(700);
      onEvent({ ...LEFT, kept });
    });
    assert.deepEqual(rows, [row(0, 700, "connection lost", { session, atRisk: "yes" })]);
  }
});

Deno.test("a client id that was taken over is a row since it was, all of it at risk", async () => {
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    await clock.advance(9_000);
    onEvent(lost(START + 500, true));
    onEvent({ ...LEFT, kept: true, undelivered: true, takenOver: true });
  });
  const rest = { session: "kept", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(500, 9_000, "client id taken over", rest)]);
});

Deno.test("a filter not delivered any more is a row of its own, from the loss of the connection on", async () => {
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

Deno.test("files that cannot be written for a while are at risk unless the broker dropped nothing", async () => {
  for (const counts of [false, true]) {
    const rows = await rowsOf(async (bench) => {
      const { clock, onEvent, ticks, drops } = bench;
      bench.receiveQueue.qos0 = true; // A broker that counts what it drops counts these too.
      drops.publish(0);
      await ticks(3);
      onEvent({ type: "stalled", cause: "slow", forMs: 2_001 });
      await clock.advance(50);
      onEvent({ type: "stalled", cause: "failed", forMs: 10 });
      await clock.advance(49);
      onEvent({ type: "resumed" });
      await counted(bench, 0);
    }, { counts });
    const rest = { session: "kept", atRisk: counts ? "no" : "yes" } as const;
    assert.deepEqual(rows, [row(999, 3_099, "write stall", rest)]);
  }
});

Deno.test("rows of QoS 0 that the disk failed to take are at risk", async () => {
  const rows = await rowsOf(async ({ clock, onEvent, ticks }) => {
    await ticks(3);
    onEvent({ type: "unsynced", cause: "failed", since: clock.now() - 250 });
  });
  assert.deepEqual(rows, [row(2_750, 3_000, "sync failed", { session: "kept", atRisk: "yes" })]);
});

Deno.test("a stall that the end of the run cuts off is a row too", async () => {
  const rows = await rowsOf(async ({ clock, onEvent }) => {
    onEvent({ type: "stalled", cause: "failed", forMs: 0 });
    await clock.advance(80);
  });
  const rest = { session: "kept", atRisk: "yes" } as const;
  assert.deepEqual(rows, [row(0, 80, "write stall", rest)]);
});

/** A backlog of some length, told by whoever watches for it. */
const backlog = (ms: number, more: Partial<Backlog> = {}, dropped = 0) => async (bench: Bench) => {
  const { clock, receiveQueue, drops, ticks } = bench;
  drops.publish(3);
  await ticks(1);
  await clock.advance(ms);
  const to = clock.monotonic();
  receiveQueue.backlog.onBacklog({ from: to - ms, to, severe: true, heldBack: false, ...more });
  await counted(bench, 3 + dropped);
};

Deno.test("a backlog is a row where it was long, or may have been too much", async () => {
  const kept = { session: "kept" } as const;
  const no = { ...kept, atRisk: "no" } as const, yes = { ...kept, atRisk: "yes" } as const;
  const { cause, detail } = queue(40);
  const possible = { severe: false };
  const heldBack = { heldBack: true };
  const cases: readonly (readonly [(bench: Bench) => Promise<void>, boolean, string[]])[] = [
    [backlog(2_500), true, [row(1_000, 3_500, "broker queue", no)]],
    [backlog(2_500, heldBack), true, [row(1_000, 3_500, "overload", no)]],
    [backlog(500), true, []],
    [backlog(500, {}, 40), true, [row(1_000, 1_500, cause, { ...yes, detail })]],
    [backlog(500, possible, 40), true, [row(1_000, 1_500, cause, { ...yes, detail })]],
    [backlog(2_500, possible), true, []],
    // A broker that does not count.
    [backlog(500), false, [row(1_000, 1_500, "broker queue", yes)]],
    [backlog(500, possible), false, []],
  ];
  for (const [body, counts, rows] of cases) assert.deepEqual(await rowsOf(body, { counts }), rows);
});

Deno.test("a backlog that follows a gap makes that one longer", async () => {
  const rows = await rowsOf(async (bench) => {
    const { clock, onEvent, receiveQueue, drops } = bench;
    drops.publish(0);
    onEvent(lost(clock.now()));
    await clock.advance(1_000);
    const from = clock.monotonic();
    onEvent(back(true));
    await clock.advance(700);
    const to = clock.monotonic();
    receiveQueue.backlog.onBacklog({ from, to, severe: true, heldBack: false });
    await counted(bench, 0);
  }, { counts: true });
  const rest = { session: "resumed", atRisk: "no" } as const;
  assert.deepEqual(rows, [row(0, 1_700, "connection lost", rest)]);
});

Deno.test("the totals add up all rows and keep the worst", async () => {
  await rowsOf(async (bench) => {
    const { clock, onEvent, gaps, drops, receiveQueue } = bench;
    drops.publish(0);
    const totals = async (resumed: boolean) => {
      onEvent(lost(clock.now()));
      await clock.advance(1_001);
      onEvent(back(resumed));
      await counted(bench, 0);
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
