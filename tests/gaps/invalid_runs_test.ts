/** Invalid messages in a killed run: the state that it leaves, and the rows of the next run. */

import assert from "node:assert/strict";
import { Batch } from "../../lib/message/batch.ts";
import { GapWatch } from "../../lib/gaps/gap_watch.ts";
import type { InvalidMessages } from "../../lib/message/invalid_message.ts";
import { gapRow } from "../../lib/gaps/gap_log.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FRESH, parseState } from "../../lib/files/run_state.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { failSyncs } from "../support/fake_disk.ts";
import { removeOpen } from "../support/file_system.ts";
import { inFolder } from "../support/program.ts";
import { back, type GapWatchFixture, LEFT, rowsOf, START } from "../support/gap_watch_fixture.ts";

const OPEN = {
  breach: "wildcard in the topic",
  topic: "a/+",
  since: START - 3_000,
  until: START - 1_000,
};

/** Delivers messages left out; resolves when they are acknowledged. */
async function deliver(
  { gaps }: Pick<GapWatchFixture, "gaps">,
  ...leftOut: readonly InvalidMessages[]
) {
  const source = async function* () {
    yield await Promise.resolve({ batch: new Batch(), leftOut, ack: () => {} });
  };
  const { signal } = new AbortController();
  for await (const { ack } of gaps.invalid.logged(source(), signal)) await ack();
}

/** One message received now. */
function message(now: number): InvalidMessages {
  const { breach, topic } = { ...OPEN, breach: "wildcard in the topic" } as const;
  return { breach, topic, count: 1, bytes: 3, from: now, to: now };
}

/** The row of a window whose messages were not counted. */
function uncounted(from: number, to: number): string {
  const detail = "a/+ (wildcard in the topic), count unknown";
  const what = { cause: "invalid message", session: "kept", atRisk: "yes" } as const;
  return gapRow({ ...what, detail, from, to, ms: to - from }).trimEnd();
}

Deno.test("GapWatch logs a window that was open in a killed run", async () => {
  for (const until of [START - 1_000, START + 60_000]) {
    const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), {
      previousRun: { leftOut: [{ ...OPEN, until }] },
    });
    assert.equal(rows[0], uncounted(START - 3_000, Math.min(until, START)));
    assert.equal(rows.length, 2);
  }
});

Deno.test("GapWatch logs a window in the future, after the clock was set back, unchanged", async () => {
  const ahead = { ...OPEN, since: START + 5_000, until: START + 9_000 };
  const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), {
    previousRun: { leftOut: [ahead] },
  });
  assert.equal(rows[0], uncounted(START + 5_000, START + 9_000));
});

Deno.test("GapWatch keeps a window in the lock file until its row is written", async () => {
  const rows = await rowsOf(async (fixture) => {
    const { clock, lock, ticks, gaps, onEvent } = fixture;
    await deliver(fixture, message(START), message(START));
    assert.deepEqual(lock.state.leftOut?.map(({ since }) => since), [START]);
    const path = gaps.total.path.replace(".gaps.csv", ".lock");
    assert.deepEqual(parseState(await Deno.readTextFile(path))?.leftOut, lock.state.leftOut);
    await ticks(2);
    // Writes take real time, which the fake clock does not show.
    for (let turn = 0; turn < 1_000 && lock.state.leftOut.length > 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
      await ticks(1);
    }
    assert.deepEqual(lock.state.leftOut, []);
    await deliver(fixture, message(clock.now()));
    onEvent(LEFT);
    assert.deepEqual([gaps.total.leftOut, gaps.total.count], [3, 0]);
  });
  assert.equal(rows.length, 3);
});

Deno.test("OutputLock keeps the lock file if a row could not be written until the end", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const config = {
      output,
      qos: 1,
      topics: ["#"],
      topicQos: new Map(),
      sessionExpiryS: 60,
      keepaliveS: 30,
    } as const;
    const clock = new FakeClock();
    {
      await using lock = await OutputLock.take(output);
      await lock.replacePreviousRun({ alive: START });
      let disk: Disposable | undefined;
      {
        await using gaps = await GapWatch.open({ config, lock, clock });
        await deliver({ gaps }, message(START), message(START));
        disk = failSyncs(1);
      }
      disk[Symbol.dispose]();
    }
    await using lock = await OutputLock.take(output);
    assert.deepEqual(lock.previousRun?.leftOut.map(({ since }) => since), [START]);
  }));

Deno.test("OutputLock keeps windows noted before the first sign of life", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.lock`;
    await Deno.writeTextFile(path, JSON.stringify({ ...FRESH, pid: 1, leftOut: [OPEN] }));
    await using lock = await OutputLock.take(`${folder}/r`);
    assert.deepEqual(lock.previousRun?.leftOut, [OPEN]);
    await lock.replacePreviousRun({});
  }));

Deno.test("parseState() reads states without windows, and refuses invalid windows", () => {
  const { leftOut: _, ...older } = { ...FRESH, pid: 1, alive: 5 };
  assert.deepEqual(
    parseState(JSON.stringify(older)),
    JSON.parse(JSON.stringify({ ...older, leftOut: [] })),
  );
  const { topic: __, ...many } = OPEN;
  assert.deepEqual(parseState(JSON.stringify({ ...FRESH, leftOut: [many] }))?.leftOut, [many]);
  for (const bad of [null, {}, [null], [{ ...OPEN, since: "x" }], [{ ...OPEN, until: 1e300 }]]) {
    assert.equal(parseState(JSON.stringify({ ...FRESH, leftOut: bad })), undefined);
  }
});

Deno.test("GapWatch leaves the row of a window that no file takes to the next start, once", async () => {
  let ended: Pick<GapWatchFixture["lock"], "state"> | undefined;
  await rowsOf(async ({ gaps, lock, onEvent }) => {
    await deliver({ gaps }, message(START), message(START));
    await removeOpen(gaps.total.path);
    await Deno.mkdir(gaps.total.path);
    onEvent(LEFT);
    ended = lock;
  });
  const { alive, leftOut, open } = ended!.state;
  assert.deepEqual([alive, leftOut, open.length], [0, [], 1]);
  const rows = await rowsOf(({ onEvent }) => onEvent(back(true, false)), {
    previousRun: ended!.state,
  });
  assert.equal(rows.length, 1);
  assert.match(rows[0]!, /,"invalid message: a\/\+ \(wildcard in the topic\), 3 bytes",/);
});
