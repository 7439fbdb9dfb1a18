import assert from "node:assert/strict";
import type { Cause, Gap, Risk } from "../../lib/message/gap.ts";
import type { RunState } from "../../lib/files/run_state.ts";
import {
  back,
  type GapWatchFixture,
  LEFT,
  lost,
  noted,
  row,
  rowsOf,
  START,
} from "../support/gap_watch_fixture.ts";

/** The broker's count before the end of the run. */
const COUNTED = { dropped: 7, uptimeS: 1_000, time: START - 3_000 };

/** The broker's count ten seconds from now. */
async function counted({ clock, drops }: GapWatchFixture, dropped: number): Promise<void> {
  await clock.advance(10_000);
  drops.publish(7 + dropped, 1_013);
}

Deno.test("GapWatch logs the time since the last sign of a killed run", async () => {
  const cases: readonly (readonly [
    boolean,
    Partial<RunState>,
    Pick<Gap, "session" | "atRisk">,
    number,
    Cause,
  ])[] = [
    [true, {}, { session: "resumed", atRisk: "no" }, -2_500, "unclean end"],
    [true, { qos0: true }, { session: "resumed", atRisk: "qos0" }, -2_500, "unclean end"],
    [true, { carried: false }, { session: "resumed", atRisk: "qos0" }, -2_500, "unclean end"],
    // Its session kept nothing that was sent with QoS 1 and 2 either.
    [
      true,
      { filtersQos0: true, qos0: true },
      { session: "resumed", atRisk: "yes" },
      -2_500,
      "unclean end",
    ],
    [true, { drops: undefined }, { session: "resumed", atRisk: "yes" }, -2_500, "unclean end"],
    [false, {}, { session: "lost", atRisk: "yes" }, -2_500, "unclean end"],
    [
      false,
      { awaySince: START - 9_000 },
      { session: "lost", atRisk: "yes" },
      -9_000,
      "unclean end",
    ],
    [false, { sessionKept: true }, { session: "lost", atRisk: "yes" }, -2_500, "session lost"],
    // The clock was set back: the gap is at least as long.
    [false, { alive: START + 60_000 }, { session: "lost", atRisk: "yes" }, -60_000, "unclean end"],
    [false, { alive: START + 10 }, { session: "lost", atRisk: "yes" }, -30_000, "unclean end"],
  ];
  for (const [resumed, previousRun, rest, from, cause] of cases) {
    const rows = await rowsOf(async (fixture) => {
      fixture.onEvent(back(resumed, false));
      const [event, ...others] = fixture.events;
      assert.ok(event?.type === "gap" && others.length === 0);
      assert.deepEqual([event.gap.cause, event.gap.ms], [cause, -from]);
      await counted(fixture, 0);
    }, { previousRun: { drops: COUNTED, ...previousRun }, counts: true });
    assert.deepEqual(rows, [row(from, 0, cause, rest)]);
  }
});

Deno.test("GapWatch reconnects if the previous run ended before the broker redelivered", async () => {
  const cases = [[true, 3, 1], [true, 0, 0], [undefined, 3, 0]] as const;
  for (const [undelivered, dropped, reconnects] of cases) {
    await rowsOf(async (fixture) => {
      const { backlog } = fixture.receiveQueue;
      assert.equal(backlog.undelivered, undelivered ?? false);
      fixture.onEvent(back(true, false));
      await counted(fixture, dropped);
      assert.equal(fixture.reconnects, reconnects);
      assert.equal(backlog.undelivered, undelivered === true && dropped > 0);
      assert.equal((await noted(fixture)).undelivered, backlog.undelivered);
    }, { previousRun: { drops: COUNTED, sessionKept: true, undelivered }, counts: true });
  }
});

Deno.test("GapWatch logs a lost session if the state was copied", async () => {
  for (const sessionKept of [false, true]) {
    const rows = await rowsOf(({ onEvent, lock }) => {
      lock.copied = true;
      onEvent(back(false, false));
    }, { previousRun: { sessionKept } });
    assert.deepEqual(rows, [row(-2_500, 0, "session lost", { session: "lost", atRisk: "yes" })]);
  }
});

Deno.test("GapWatch logs a risk if another client may have used a resumed session", async () => {
  const rows = await rowsOf(({ onEvent }) => {
    onEvent(lost(START));
    onEvent({ ...back(true), doubtful: true });
  });
  assert.deepEqual(rows, [row(0, 0, "connection lost", { session: "resumed", atRisk: "yes" })]);
});

Deno.test("GapWatch extends the gap of a killed run by its possible drops before", async () => {
  for (const since of [undefined, -4_000]) {
    const rows = await rowsOf(async (fixture) => {
      fixture.onEvent(back(true, false));
      await counted(fixture, 5);
    }, {
      previousRun: {
        drops: COUNTED,
        possibleSince: since === undefined ? undefined : START + since,
      },
      counts: true,
    });
    const rest = { detail: "5 dropped, all clients", session: "resumed", atRisk: "yes" } as const;
    assert.deepEqual(rows, [row(since ?? -2_500, 0, "broker queue", rest)]);
  }
});

Deno.test("GapWatch logs undecided gaps of a killed run as at risk", async () => {
  const open: Gap = {
    from: START - 8_000,
    to: START - 5_000,
    ms: 3_000,
    cause: "connection lost",
    session: "resumed",
    atRisk: "yes",
  };
  const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), {
    previousRun: { open: [open] },
  });
  const rest = { session: "resumed", atRisk: "yes" } as const;
  assert.deepEqual(rows, [
    row(-8_000, -5_000, "connection lost", rest),
    row(-2_500, 0, "unclean end", rest),
  ]);
});

Deno.test("GapWatch takes no count without an earlier one for that of the previous run's broker", async () => {
  const rows = await rowsOf(async (fixture) => {
    fixture.onEvent(back(true, false));
    await fixture.clock.advance(10_000);
    fixture.drops.publish(0, 100_000);
  }, { previousRun: { drops: undefined }, counts: true });
  assert.deepEqual(rows, [row(-2_500, 0, "unclean end", { session: "resumed", atRisk: "yes" })]);
});

Deno.test("GapWatch notes whether a filter was subscribed with QoS 0", async () => {
  for (const qos of [0, 1] as const) {
    await rowsOf(async (fixture) => {
      assert.equal((await noted(fixture)).filtersQos0, qos === 0);
    }, { qos });
  }
});

Deno.test("GapWatch logs a risk for QoS 0 only after a session that was kept", async () => {
  const cases: readonly (readonly [boolean, number, Risk | undefined])[] = [
    [false, 0, undefined],
    [true, 0, "qos0"],
    [true, 1, "yes"],
  ];
  for (const [qos0, dropped, atRisk] of cases) {
    const rows = await rowsOf(async (fixture) => {
      fixture.onEvent(back(true, false));
      await counted(fixture, dropped);
    }, {
      previousRun: { sessionKept: true, qos0, alive: START - 2_500, drops: COUNTED },
      counts: true,
    });
    const cause = dropped > 0 ? "broker queue" : "between runs";
    const detail = dropped > 0 ? "1 dropped, all clients" : undefined;
    assert.deepEqual(
      rows,
      atRisk ? [row(-2_500, 0, cause, { detail, session: "resumed", atRisk })] : [],
    );
  }
});

Deno.test("GapWatch logs filters refused in a killed run as gaps until now", async () => {
  const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), {
    previousRun: {
      sessionKept: true,
      refused: [{ topic: "b/#", cause: "subscription refused", since: START - 4_000 }],
    },
  });
  assert.deepEqual(rows.map((row) => row.split(",").slice(2)), [
    ["4.000", "subscription refused: b/#", "resumed", "yes"],
    ["2.500", "between runs", "resumed", "yes"],
  ]);
});

Deno.test("GapWatch notes the state as soon as it changes", async () => {
  await rowsOf(async (fixture) => {
    const { clock, onEvent, lock, receiveQueue, recorder } = fixture;
    const { state } = lock;
    assert.deepEqual([state.topics, state.alive, state.committed], [["a/#"], START, { csv: 80 }]);
    recorder.committed = { csv: 90 };
    const { alive, committed } = await noted(fixture);
    assert.deepEqual([alive, committed], [START + 1_000, { csv: 90 }]);
    // Rows are pending: only messages before the last committed one are surely on disk.
    receiveQueue.unacknowledged = receiveQueue.qos0 = true;
    const waiting = await noted(fixture);
    assert.deepEqual([waiting.alive, waiting.qos0], [START, true]);
    recorder.lastTime = START + 1_700;
    onEvent(lost(clock.now() - 300));
    const away = await noted(fixture);
    assert.deepEqual([away.alive, away.awaySince], [START + 1_700, START + 1_700]);
    // A silent connection may be dead already.
    receiveQueue.unacknowledged = false;
    receiveQueue.silentSince = START + 1_000;
    recorder.committed = { csv: 100 };
    assert.equal((await noted(fixture)).alive, START + 1_000);
    assert.equal(recorder.watchCalls, 4);
  });
});

Deno.test("GapWatch notes the last moment when no QoS 0 message was on its way", async () => {
  await rowsOf(async (fixture) => {
    const { clock, receiveQueue, recorder } = fixture;
    const { backlog } = receiveQueue;
    backlog.connect(clock.monotonic(), () => {}, 5);
    backlog.received(clock.monotonic() + 800, { packets: 60, bytes: 6_000 }, 0);
    recorder.committed = { csv: 90 };
    assert.equal((await noted(fixture)).alive, START + 1_000, "a session keeps what has a QoS");
    receiveQueue.qos0 = true;
    assert.equal((await noted(fixture)).alive, START, "nothing is proven");
    const more = { packets: 60, bytes: 6_000 };
    backlog.received(clock.monotonic() - 700, more, 0);
    backlog.answered(backlog.asked(clock.monotonic(), { open: 0, arrived: 0 }), 0, 0, false);
    backlog.received(clock.monotonic() + 100, more, 0);
    recorder.committed = { csv: 100 };
    assert.equal((await noted(fixture)).alive, START + 2_000, "the PINGREQ that was answered");
  });
});

Deno.test("GapWatch notes an unchanged state every 30 s", async () => {
  await rowsOf(async (fixture) => {
    const alive: number[] = [];
    for (let second = 1; second <= 61; second++) alive.push((await noted(fixture)).alive - START);
    assert.deepEqual([...new Set(alive)], [1_000, 31_000, 61_000]);
    assert.equal(alive.indexOf(31_000), 30);
  });
});

Deno.test("GapWatch notes a kept session, also in a run shorter than a second", async () => {
  for (const atOnce of [true, false]) {
    await rowsOf(async (fixture) => {
      if (!atOnce) fixture.onEvent(lost(fixture.clock.now()));
      if (!atOnce) await noted(fixture);
      fixture.onEvent({ ...LEFT, kept: true });
      const { sessionKept, awaySince } = fixture.lock.state;
      // Earlier gaps are logged: the next gap begins at the end of this run.
      assert.deepEqual([sessionKept, awaySince], [true, undefined]);
      await noted(fixture);
      assert.equal(fixture.lock.state.sessionKept, true);
    }, { started: !atOnce });
  }
});

Deno.test("GapWatch.open() reports a gap log that is torn or holds foreign rows", async () => {
  const good = row(0, 5, "overload", { session: "kept", atRisk: "no" });
  for (
    const [log, type] of [[`${good}\r\n${good.slice(9)}`, "torn"], ["?\r\n", "alien"]] as const
  ) {
    await rowsOf(({ events }) => assert.deepEqual(events.map((event) => event.type), [type]), {
      log,
    });
  }
});

Deno.test("GapWatch leaves rows that the disk does not take to the next start, told once", async () => {
  const gap = { from: START, to: START + 3_000, ms: 3_000, cause: "write stall" } as const;
  const wanted = [{ ...gap, detail: undefined, session: "kept", atRisk: "yes" }];
  for (const isKept of [true, false]) {
    let ended: Pick<GapWatchFixture["lock"], "state"> | undefined;
    await rowsOf(async (fixture) => {
      const { gaps, lock, onEvent, clock, events } = fixture;
      // In its place nothing can be written.
      await Deno.mkdir(gaps.total.path);
      onEvent({ type: "stalled", cause: undefined, forMs: 0 });
      await clock.advance(3_000);
      onEvent({ type: "resumed" });
      assert.deepEqual((await noted(fixture)).open, wanted);
      await noted(fixture);
      assert.deepEqual(events.map(({ type }) => type), ["gapLogFailed"]);
      onEvent({ ...LEFT, kept: isKept });
      ended = lock;
    });
    const { state } = ended!;
    assert.deepEqual([state.sessionKept, state.open, state.alive > 0], [isKept, wanted, isKept]);
    const previousRun = isKept ? { ...state, alive: START - 2_500 } : state;
    const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), { previousRun });
    assert.equal(rows[0], row(0, 3_000, "write stall", { session: "kept", atRisk: "yes" }));
    // An end that was wanted is no gap.
    assert.equal(rows.length, isKept ? 2 : 1);
  }
});
