/** Runs a gap watch over a fake broker and recorder, and reads the rows it writes. */

import assert from "node:assert/strict";
import type { BrokerClient, BrokerEvent } from "../../lib/mqtt/broker_client.ts";
import { type GapEvent, GapWatch } from "../../lib/gaps/gap_watch.ts";
import { gapRow } from "../../lib/gaps/gap_log.ts";
import type { Cause, Gap } from "../../lib/message/gap.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FRESH, type RunState } from "../../lib/files/run_state.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import type { RecorderEvent } from "../../lib/recording/recorder_events.ts";
import { FakeClock } from "./fake_clock.ts";
import { inFolder } from "./program.ts";

export interface Bench {
  readonly clock: FakeClock;
  readonly gaps: GapWatch;
  readonly lock: OutputLock;
  /** State of the fake broker and recorder, which tests change. */
  readonly receiveQueue: {
    qos0: boolean;
    unacknowledged: boolean;
    held: number;
    /** Time of the last packet from the broker; undefined: now. */
    silentSince?: number;
  };
  readonly recorder: { lastTime: number; watchCalls: number };
  readonly events: GapEvent[];
  onEvent(event: BrokerEvent | RecorderEvent): void;
  /** Advances by `ms`, in whole seconds of the watch. */
  ticks(count: number): Promise<void>;
}

export interface Options {
  readonly qos?: 0 | 1;
  readonly sessionExpiryS?: number;
  readonly previousRun?: Partial<RunState>;
  /** Whether the watch starts before `body`. @default {true} */
  readonly started?: boolean;
}

export const LEFT = { type: "left", kept: false, behind: false, takenOver: false } as const;
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
  body: (bench: Bench) => void | Promise<void>,
  { qos = 1, sessionExpiryS = 3600, previousRun, started = true }: Options = {},
): Promise<string[]> {
  let rows: string[] = [];
  await inFolder(async (folder) => {
    const output = `${folder}/r`;
    const clock = new FakeClock();
    if (previousRun) {
      const state = { ...BEFORE, alive: clock.now() - 2_500, ...previousRun };
      await Deno.writeTextFile(`${output}.lock`, JSON.stringify(state));
    }
    const receiveQueue: Bench["receiveQueue"] & { heldMs(): number; onQos0(): void } = {
      qos0: false,
      unacknowledged: false,
      held: 0,
      heldMs: () => receiveQueue.held,
      onQos0: () => {},
    };
    const recorder = {
      lastTime: 0,
      committed: { csv: 80 },
      watchCalls: 0,
      watch: () => void recorder.watchCalls++,
    };
    const events: GapEvent[] = [];
    {
      await using lock = await OutputLock.take(output);
      await using gaps = await GapWatch.open({
        config: { output, qos, topics: ["a/#"], topicQos: {}, sessionExpiryS },
        lock,
        clock,
        onEvent: (event) => event.type === "gap" && events.push(event),
      });
      const broker = {
        receiveQueue,
        get lastHeard() {
          return receiveQueue.silentSince ?? clock.now();
        },
      };
      gaps.watch(broker as unknown as BrokerClient, recorder as unknown as Recorder);
      if (started) await clock.asleep(1_000);
      const ticks = async (count: number) => {
        for (let i = 0; i < count; i++) {
          await clock.asleep(1_000);
          await clock.advance(1_000);
          await clock.asleep(1_000);
        }
      };
      await body({
        clock,
        gaps,
        lock,
        receiveQueue,
        recorder,
        events,
        onEvent: gaps.onEvent,
        ticks,
      });
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
