/** Runs a gap watch over a fake broker and recorder, and reads the rows it writes. */

import assert from "node:assert/strict";
import { BacklogWatch } from "../../lib/mqtt/backlog_watch.ts";
import type { BrokerEvent } from "../../lib/mqtt/connection_events.ts";
import type { DropReading } from "../../lib/message/drop_count.ts";
import { GAP_COLUMNS } from "../../lib/message/gap.ts";
import { GapWatch } from "../../lib/gaps/gap_watch.ts";
import type { GapEvent } from "../../lib/gaps/gap_events.ts";
import { nextTurn } from "../../lib/system/clock.ts";
import { gapRow } from "../../lib/gaps/gap_log.ts";
import type { Cause, Gap } from "../../lib/message/gap.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import type { DropCounter } from "../../lib/gaps/open_gaps.ts";
import { FRESH, type RunState } from "../../lib/files/run_state.ts";
import type { RecorderEvent } from "../../lib/recording/recorder_events.ts";
import { FakeClock, runMicrotasks } from "./fake_clock.ts";
import { inFolder } from "./program.ts";
import { withTimeout } from "./with_timeout.ts";

export interface GapWatchFixture {
  readonly clock: FakeClock;
  readonly gaps: GapWatch;
  readonly lock: OutputLock;
  /** State of the fake broker and recorder, which tests change. */
  readonly receiveQueue: {
    qos0: boolean;
    received: number;
    unacknowledged: boolean;
    readonly backlog: BacklogWatch;
    /** Time of the last packet from the broker; undefined: now. */
    silentSince?: number;
  };
  readonly drops: FakeDrops;
  readonly recorder: { lastTime: number; watchCalls: number; committed: Record<string, number> };
  readonly events: GapEvent[];
  /** Whether the broker answers, on the connection of this moment. */
  answers: boolean;
  /** Calls of `reconnect()`. */
  reconnects: number;
  onEvent(event: BrokerEvent | RecorderEvent): void;
  /** Lets `count` seconds of the watch pass. */
  ticks(count: number): Promise<void>;
}

/** Lets a second pass, until the state of then is noted; what is noted then. */
export async function noted({ lock, ticks }: GapWatchFixture): Promise<RunState> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { ensure } = lock;
  let begun = false;
  lock.ensure = () => {
    begun = true;
    return ensure.call(lock).finally(resolve);
  };
  // While rows are on their way to the disk, nothing is noted.
  for (await ticks(1); !begun; await ticks(1)) await nextTurn();
  await withTimeout(promise, "a note");
  await runMicrotasks();
  lock.ensure = ensure;
  const { state } = lock;
  await lock.note({}); // The disk is done with it: the next second will be noted as well.
  await runMicrotasks();
  return state;
}

/** What the broker tells of messages that it dropped. */
export class FakeDrops implements DropCounter {
  counts: boolean | undefined;
  last: DropReading | undefined;
  onReading: DropCounter["onReading"] = () => {};
  onNone: DropCounter["onNone"] = () => {};
  readonly #clock: FakeClock;
  /** Moment up to which the next reading counts everything. */
  #asked = -Infinity;
  readonly #readings: (DropReading & { readonly monotonic: number })[] = [];

  constructor(clock: FakeClock, counts: boolean | undefined) {
    this.#clock = clock;
    this.counts = counts;
  }

  before(monotonic: number): DropReading | undefined {
    return this.#readings.findLast((each) => each.monotonic <= monotonic);
  }

  ask(): void {
    this.#asked = this.#clock.monotonic();
  }

  /** The broker publishes its count. */
  publish(dropped: number, uptimeS = 1_000 + (this.#clock.monotonic() - START) / 1000): void {
    const monotonic = this.#clock.monotonic();
    const reading = { dropped, uptimeS, time: this.#clock.now(), monotonic };
    this.last = reading;
    this.#readings.push(reading);
    this.onReading(reading, this.#asked);
  }
}

export interface Options {
  readonly qos?: 0 | 1;
  readonly sessionExpiryS?: number;
  readonly previousRun?: Partial<RunState>;
  /** Whether the watch starts before `body`. @default {true} */
  readonly started?: boolean;
  /** What stands in the log behind its header. @default {there is none} */
  readonly log?: string;
  /** Whether the broker tells its count. @default {false} */
  readonly counts?: boolean | undefined;
}

export const LEFT = { type: "left", kept: false, undelivered: false, takenOver: false } as const;
export const lost = (since: number, final = false) =>
  ({ type: "disconnected", cause: undefined, since, final }) as const;
export const back = (resumed: boolean, again = true) =>
  ({
    type: "connected",
    version: 5,
    resumed,
    again,
    refused: [],
    grantedExpiryS: undefined,
  }) as const;

/** The rows of the gap log of a run, without line ends. */
export async function rowsOf(
  body: (fixture: GapWatchFixture) => void | Promise<void>,
  { qos = 1, sessionExpiryS = 3600, previousRun, started = true, counts = false, log }: Options =
    {},
): Promise<string[]> {
  let rows: string[] = [];
  await inFolder(async (folder) => {
    const output = `${folder}/r`;
    const clock = new FakeClock();
    if (previousRun) {
      const state = { ...BEFORE, alive: clock.now() - 2_500, ...previousRun };
      await Deno.writeTextFile(`${output}.lock`, JSON.stringify(state));
    }
    if (log) await Deno.writeTextFile(`${output}.gaps.csv`, `${GAP_COLUMNS.join()}\r\n${log}`);
    const receiveQueue: GapWatchFixture["receiveQueue"] & { onQos0(): void } = {
      qos0: false,
      received: 1,
      unacknowledged: false,
      backlog: new BacklogWatch(),
      onQos0: () => {},
    };
    const drops = new FakeDrops(clock, counts);
    const recorder = {
      lastTime: 0,
      committed: { csv: 80 },
      unsyncedSince: undefined,
      diverged: [],
      watchCalls: 0,
      watch: () => void recorder.watchCalls++,
    };
    const events: GapEvent[] = [];
    {
      await using lock = await OutputLock.take(output);
      await using gaps = await GapWatch.open({
        config: {
          output,
          qos,
          topics: ["a/#"],
          topicQos: new Map(),
          sessionExpiryS,
          keepaliveS: 30,
        },
        lock,
        clock,
        onEvent: (event) => {
          if (event.type === "leftOut" || event.type === "stalled" || event.type === "resumed") {
            return;
          }
          events.push(event);
        },
      });
      const broker = {
        receiveQueue,
        get lastHeard() {
          return receiveQueue.silentSince ?? clock.now();
        },
        sendsCopies: undefined,
        answers: () => Promise.resolve(fixture.answers),
        reconnect: () => Promise.resolve(void fixture.reconnects++),
      };
      const ticks = async (count: number) => {
        for (let i = 0; i < count; i++) {
          await clock.asleep(1_000);
          await clock.advance(1_000);
          await clock.asleep(1_000);
        }
      };
      const { onEvent } = gaps;
      const fixture: GapWatchFixture = {
        clock,
        gaps,
        lock,
        receiveQueue,
        drops,
        recorder,
        events,
        onEvent,
        ticks,
        answers: true,
        reconnects: 0,
      };
      gaps.watch(broker, recorder, drops);
      if (started) await clock.asleep(1_000);
      await body(fixture);
    }
    assert.equal(clock.sleeping, 0);
    const text = await Deno.readTextFile(`${output}.gaps.csv`).catch(() => "");
    rows = text.split("\r\n").slice(1, -1);
  });
  return rows;
}

const BEFORE: RunState = { ...FRESH, pid: 1 };

export const START = new FakeClock().now();

/** The row of a gap between two times of the run, in ms. */
export function row(
  from: number,
  to: number,
  cause: Cause,
  others: Pick<Gap, "session" | "atRisk" | "detail">,
): string {
  return gapRow({ from: START + from, to: START + to, ms: to - from, cause, ...others }).trimEnd();
}
