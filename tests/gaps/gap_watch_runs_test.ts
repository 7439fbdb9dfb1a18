import assert from "node:assert/strict";
import type { Cause, Gap } from "../../lib/message/gap.ts";
import type { RunState } from "../../lib/files/run_state.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { back, type Bench, LEFT, lost, row, rowsOf, START } from "../support/gap_watch_fixture.ts";

Deno.test("a run that was killed is told of by the next one, from its last sign of life on", async () => {
  const cases: readonly (readonly [
    boolean,
    Partial<RunState>,
    Pick<Gap, "session" | "atRisk">,
    number,
    Cause,
  ])[] = [
    [true, {}, { session: "resumed", atRisk: "no" }, -2_500, "unclean end"],
    [true, { qos0: true }, { session: "resumed", atRisk: "qos0" }, -2_500, "unclean end"],
    [false, {}, { session: "lost", atRisk: "yes" }, -2_500, "unclean end"],
    [
      false,
      { awaySince: START - 9_000 },
      { session: "lost", atRisk: "yes" },
      -9_000,
      "unclean end",
    ],
    [false, { sessionKept: true }, { session: "lost", atRisk: "yes" }, -2_500, "session lost"],
    // A clock that was set back meanwhile.
    [true, { alive: START + 60_000 }, { session: "resumed", atRisk: "no" }, 0, "unclean end"],
  ];
  for (const [resumed, previousRun, rest, from, cause] of cases) {
    const rows = await rowsOf(({ onEvent, events }) => {
      onEvent(back(resumed, false));
      assert.deepEqual(events.map(({ gap }) => [gap.cause, gap.ms]), [[cause, Math.abs(from)]]);
    }, { previousRun });
    assert.deepEqual(rows, [row(from, 0, cause, rest)]);
  }
});

Deno.test("a state that came from elsewhere is a session lost, whatever became of that run", async () => {
  for (const sessionKept of [false, true]) {
    const rows = await rowsOf(({ onEvent, lock }) => {
      lock.forsaken = true;
      onEvent(back(false, false));
    }, { previousRun: { sessionKept } });
    assert.deepEqual(rows, [row(-2_500, 0, "session lost", { session: "lost", atRisk: "yes" })]);
  }
});

Deno.test("a session that was left on purpose and is still there has kept all but QoS 0", async () => {
  for (const qos0 of [false, true]) {
    const rows = await rowsOf(({ onEvent, events }) => {
      onEvent(back(true, false));
      assert.deepEqual(events.map(({ gap }) => gap.cause), qos0 ? ["between runs"] : []);
    }, { previousRun: { sessionKept: true, qos0, alive: START - 2_500 } });
    const rest = { session: "resumed", atRisk: "qos0" } as const;
    assert.deepEqual(rows, qos0 ? [row(-2_500, 0, "between runs", rest)] : []);
  }
});

Deno.test("filters that were refused when a run was killed are a gap until now", async () => {
  const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), {
    previousRun: {
      sessionKept: true,
      refused: [{ topic: "b/#", cause: "subscription refused", since: START - 4_000 }],
    },
  });
  assert.deepEqual(rows.map((row) => row.split(",").slice(2)), [
    ["4.000", "subscription refused: b/#", "resumed", "yes"],
  ]);
});

/** Lets a second pass, until what is noted then stands in the lock file. */
async function noted({ lock, ticks }: Bench): Promise<RunState> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { note } = lock;
  lock.note = (change) => note.call(lock, change).then(resolve);
  await ticks(1);
  await withTimeout(promise, "a note");
  lock.note = note;
  return lock.state;
}

Deno.test("what the next run must know is noted once a second", async () => {
  await rowsOf(async (bench) => {
    const { clock, onEvent, lock, receiveQueue, recorder } = bench;
    const { state } = lock;
    assert.deepEqual([state.topics, state.alive, state.committed], [["a/#"], START, { csv: 80 }]);
    assert.equal((await noted(bench)).alive, START + 1_000);
    // Rows wait: only what was received before the last committed one is surely on disk.
    receiveQueue.unacknowledged = receiveQueue.qos0 = true;
    const waiting = await noted(bench);
    assert.deepEqual([waiting.alive, waiting.qos0], [START, true]);
    recorder.lastTime = START + 1_700;
    onEvent(lost(clock.now() - 300));
    const away = await noted(bench);
    assert.deepEqual([away.alive, away.awaySince], [START + 1_700, START + 1_700]);
    // A connection that is silent may be dead already.
    receiveQueue.unacknowledged = false;
    receiveQueue.silentSince = START + 1_000;
    assert.equal((await noted(bench)).alive, START + 1_000);
    assert.equal(recorder.watchCalls, 4);
  });
});

Deno.test("a session left behind is noted, also by a run that ends before its first second", async () => {
  for (const atOnce of [true, false]) {
    await rowsOf(async (bench) => {
      if (!atOnce) bench.onEvent(lost(bench.clock.now()));
      if (!atOnce) await noted(bench);
      bench.onEvent({ ...LEFT, kept: true });
      const { sessionKept, awaySince } = bench.lock.state;
      // What came since then is in the gap log: the next gap begins at the end of this run.
      assert.deepEqual([sessionKept, awaySince], [true, undefined]);
      assert.equal((await noted(bench)).sessionKept, true);
    }, { started: !atOnce });
  }
});
