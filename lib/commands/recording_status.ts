/** The current figures of a recording, for the status line and the `s` key. */

import type { Config } from "../config/config.ts";
import type { GapWatch } from "../gaps/gap_watch.ts";
import type { Mark } from "../marks/mark_rows.ts";
import type { BrokerClient } from "../mqtt/broker_client.ts";
import type { Finisher } from "../recording/finisher.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { Clock } from "../system/clock.ts";
import type { Status } from "../terminal/status.ts";

/** Window of the rate: a shorter one flickers, a longer one lags. */
const RATE_WINDOW_MS = 3_000;

/** Marks of a run, as they are told. */
export interface ToldMarks {
  /** Number of those on disk. */
  readonly noted: number;
  readonly unwritten: readonly Mark[];
  /** Why those are not written. */
  readonly cause: unknown;
  readonly path: string;
}

/** The parts of a recording that the report reads. */
export interface ReportSources {
  readonly broker: Pick<BrokerClient, "connected" | "tooLong"> & {
    readonly receiveQueue: Pick<BrokerClient["receiveQueue"], "lastTime">;
  };
  readonly recorder: Pick<Recorder, "messages" | "files" | "busy">;
  readonly gaps: Pick<GapWatch, "total">;
  /** Its finisher is undefined where no files are finished before the end. */
  readonly rotating?: {
    readonly finisher: Pick<Finisher, "busy" | "count" | "indexPath"> | undefined;
    readonly printing: boolean;
  };
  /** Marks noted in this run, and their file. @default {none} */
  readonly marks?: ToldMarks;
}

/** What ends a recording by itself. */
type Ends = Pick<Config, "durationMs" | "count">;

/** Collects the status, and computes the rate from the last calls. */
export class RecordingStatus {
  readonly #broker: string;
  readonly #topics: readonly string[];
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  readonly #ends: Ends;
  readonly #began: number;
  readonly #samples: { time: number; messages: number }[] = [];

  /**
   * @param broker Address of the broker, as it is shown.
   * @param ends What ends the recording. @default {nothing}
   */
  constructor(
    broker: string,
    topics: readonly string[],
    clock: Pick<Clock, "now" | "monotonic">,
    ends: Ends = { durationMs: undefined, count: undefined },
  ) {
    this.#ends = ends;
    this.#began = clock.monotonic();
    this.#broker = broker;
    this.#topics = topics;
    this.#clock = clock;
  }

  /** @param stalled Whether the disk accepts no rows. */
  now({ broker, recorder, gaps }: ReportSources, stalled: boolean): Status {
    const time = this.#clock.monotonic();
    const { messages, files } = recorder;
    const samples = this.#samples;
    samples.push({ time, messages });
    while (samples.length > 2 && time - samples[0]!.time > RATE_WINDOW_MS) samples.shift();
    const [first] = samples;
    const span = time - first!.time;
    const { lastTime } = broker.receiveQueue;
    return {
      broker: this.#broker,
      topics: this.#topics,
      messages,
      messagesOf: this.#ends.count,
      time: this.#time(time),
      leftOut: gaps.total.leftOut,
      ratePerSecond: span > 0 ? (messages - first!.messages) * 1000 / span : 0,
      files,
      lastMessageMs: lastTime === 0 ? undefined : Math.max(0, this.#clock.now() - lastTime),
      state: stalled ? "stalled" : broker.connected ? "connected" : "reconnecting",
    };
  }

  #time(now: number): Status["time"] {
    const { durationMs } = this.#ends;
    if (durationMs === undefined) return undefined;
    return { ms: Math.min(now - this.#began, durationMs), ofMs: durationMs };
  }
}
