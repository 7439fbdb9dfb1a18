/** The parts of a recording that the gap watch reads, and the events that it emits. */

import type { Gap, Risk } from "../message/gap.ts";
import type { Config } from "../config/config.ts";
import type { OutputLock } from "../files/lock.ts";
import type { BrokerClient } from "../mqtt/broker_client.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import type { Clock } from "../system/clock.ts";
import type { LeftOutEvent } from "./invalid_log.ts";
import type { UnratedGap } from "./undecided.ts";

/** Another program moved, deleted (`begun`) or changed the gap log or the marks. */
export type LogReplaced = {
  readonly type: "logReplaced";
  readonly path: string;
  readonly begun: boolean;
};

/** Gaps, for the session report. */
export type GapEvent =
  /** The time since the previous run, at the start; `atRisk` undefined: not known yet. */
  | { readonly type: "gap"; readonly gap: UnratedGap; readonly atRisk: Risk | undefined }
  /** The gap log of an earlier run was torn, or holds rows that mqttrec did not write. */
  | Extract<RecorderEvent, { type: "torn" }>
  | LogReplaced
  /** The gap log takes no rows: they wait, in the state of the run too. */
  | { readonly type: "gapLogFailed"; readonly path: string; readonly cause: unknown }
  | {
    readonly type: "alien";
    readonly path: string;
    readonly count: number;
    /** Number of the first row, from 1. */
    readonly row: number;
  }
  /** The broker dropped messages during a gap; `count` undefined: perhaps. */
  | { readonly type: "dropped"; readonly gap: Gap; readonly count: number | undefined };
/** Messages left out, and a disk that does not accept their rows. */
export type InvalidEvent = LeftOutEvent | Extract<RecorderEvent, { type: "stalled" | "resumed" }>;

type ReceiveQueue = BrokerClient["receiveQueue"];

/** What the gap watch reads of a broker client. */
export interface WatchedBroker
  extends Pick<BrokerClient, "lastHeard" | "sendsCopies" | "answers" | "reconnect"> {
  readonly receiveQueue:
    & Pick<ReceiveQueue, "received" | "unacknowledged">
    & { qos0: boolean; onQos0: () => void }
    & {
      readonly backlog: Pick<
        ReceiveQueue["backlog"],
        "onBacklog" | "closeEpisode" | "tick" | "current" | "undelivered" | "arrivedUntil"
      >;
    };
}

/** What the gap watch reads of a recorder. */
export type WatchedRecorder = Pick<
  Recorder,
  "lastTime" | "unsyncedSince" | "committed" | "diverged" | "watch"
>;

/** The parts that a gap watch needs. */
export interface WatchParts {
  readonly config:
    & Pick<Config, "output" | "qos" | "topicQos" | "topics" | "sessionExpiryS" | "keepaliveS">
    & Partial<Pick<Config, "exitOnError">>;
  readonly lock: OutputLock;
  readonly clock: Clock;
  readonly onEvent?: (event: GapEvent | InvalidEvent) => void;
}
