import assert from "node:assert/strict";
import type { Gap } from "../../lib/message/gap.ts";
import {
  back,
  type Bench,
  LEFT,
  lost,
  type Options,
  row,
  rowsOf,
  START,
} from "../support/gap_watch_fixture.ts";

/** A connection that is lost and comes back 1,234 ms later. */
const outage =
  (resumed: boolean, qos0 = false) => async ({ clock, onEvent, receiveQueue }: Bench) => {
    receiveQueue.qos0 = qos0;
    onEvent(lost(clock.now()));
    await clock.advance(1_234);
    onEvent(back(resumed));
  };

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
  const cause = "connection lost";
  const cases: readonly (readonly [
    (bench: Bench) => Promise<void>,
    Options,
    Pick<Gap, "session" | "atRisk">,
  ])[] = [
    [outage(true), {}, { session: "resumed", atRisk: "no" }],
    [outage(true, true), {}, { session: "resumed", atRisk: "qos0" }],
    [outage(true), { qos: 0 }, { session: "resumed", atRisk: "yes" }],
    [outage(false), {}, { session: "lost", atRisk: "yes" }],
    [outage(false), { sessionExpiryS: 0 }, { session: "none", atRisk: "yes" }],
  ];
  for (const [body, options, rest] of cases) {
    assert.deepEqual(await rowsOf(body, options), [row(0, 1_234, cause, rest)]);
  }
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
    onEvent({ ...LEFT, kept: true, behind: true, takenOver: true });
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
  const resumed = { session: "resumed", atRisk: "no" } as const;
  assert.deepEqual(rows, [
    row(0, 100, "connection lost", resumed),
    row(0, 30_100, "subscription downgraded", { ...kept, detail: "b/#" }),
    row(30_100, 30_500, "connection lost", resumed),
    row(0, 31_000, "subscription refused", { ...kept, detail: "a/#" }),
  ]);
});

Deno.test("files that cannot be written for a while put at risk what no session keeps", async () => {
  for (const qos0 of [false, true]) {
    const rows = await rowsOf(async ({ clock, onEvent, receiveQueue, ticks }) => {
      receiveQueue.qos0 = qos0;
      await ticks(3);
      onEvent({ type: "stalled", cause: "slow", forMs: 2_001 });
      await clock.advance(50);
      onEvent({ type: "stalled", cause: "failed", forMs: 10 });
      await clock.advance(49);
      onEvent({ type: "resumed" });
    });
    const rest = { session: "kept", atRisk: qos0 ? "qos0" : "no" } as const;
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
  const rest = { session: "kept", atRisk: "no" } as const;
  assert.deepEqual(rows, [row(0, 80, "write stall", rest)]);
});

Deno.test("a broker held back half of the time and more is overload, where QoS 0 is at stake", async () => {
  const overload = (qos0: boolean) => async ({ receiveQueue, ticks }: Bench) => {
    receiveQueue.qos0 = qos0;
    for (const held of [500, 501, 900, 200, 90, 0]) {
      receiveQueue.held += held;
      await ticks(1);
    }
  };
  const qos0 = row(1_000, 5_000, "overload", { session: "kept", atRisk: "qos0" });
  assert.deepEqual(await rowsOf(overload(true)), [qos0]);
  assert.deepEqual(await rowsOf(overload(false)), []);
  const all = row(1_000, 5_000, "overload", { session: "kept", atRisk: "yes" });
  assert.deepEqual(await rowsOf(overload(false), { qos: 0 }), [all]);
});

Deno.test("overload that the end of the run cuts off is a row, one while the disk stalls is not", async () => {
  for (const stalled of [false, true]) {
    const rows = await rowsOf(async ({ onEvent, receiveQueue, ticks }) => {
      receiveQueue.qos0 = true;
      if (stalled) onEvent({ type: "stalled", cause: "failed", forMs: 0 });
      receiveQueue.held += 800;
      await ticks(1);
    });
    const cause = stalled ? "write stall" : "overload";
    assert.deepEqual(rows, [row(0, 1_000, cause, { session: "kept", atRisk: "qos0" })]);
  }
});

Deno.test("the totals add up all rows and keep the worst", async () => {
  await rowsOf(async ({ clock, onEvent, gaps, receiveQueue }) => {
    const totals = async (resumed: boolean) => {
      onEvent(lost(clock.now()));
      await clock.advance(1_001);
      onEvent(back(resumed));
      const { count, ms, worst, unwritten } = gaps.total;
      assert.equal(unwritten, undefined);
      return [count, ms, worst];
    };
    assert.deepEqual(await totals(true), [1, 1_001, "no"]);
    receiveQueue.qos0 = true;
    assert.deepEqual(await totals(true), [2, 2_002, "qos0"]);
    assert.deepEqual(await totals(false), [3, 3_003, "yes"]);
    assert.deepEqual(await totals(true), [4, 4_004, "yes"]);
  });
});
