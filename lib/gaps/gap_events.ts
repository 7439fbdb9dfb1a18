/** What the gap watch is told of a recording, and the events it emits. */

import type { Gap, Risk } from "../message/gap.ts";
import type { BrokerClient } from "../mqtt/broker_client.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import type { LeftOutEvent } from "./invalid_log.ts";
import type { UnratedGap } from "./open_gaps.ts";

/** Events of gaps for the session report. */
export type GapEvent =
  /** The time since the previous run, found at the start; `atRisk`: if it is known already. */
  | { readonly type: "gap"; readonly gap: UnratedGap; readonly atRisk: Risk | undefined }
  /** The log of an earlier run was torn, or holds rows that mqttrec did not write. */
  | Extract<RecorderEvent, { type: "torn" }>
  | {
    readonly type: "alien";
    readonly path: string;
    readonly count: number;
    /** Number of the first, from 1. */
    readonly row: number;
  }
  /** The broker dropped messages during a gap; `count` undefined: perhaps. */
  | { readonly type: "dropped"; readonly gap: Gap; readonly count: number | undefined };
/** Messages left out, and a disk that keeps their rows from being written. */
export type InvalidEvent = LeftOutEvent | Extract<RecorderEvent, { type: "stalled" | "resumed" }>;

type ReceiveQueue = BrokerClient["receiveQueue"];

/** What the gap watch reads of a broker client. */
export interface WatchedBroker extends Pick<BrokerClient, "lastHeard" | "sendsCopies" | "answers"> {
  readonly receiveQueue:
    & Pick<ReceiveQueue, "received" | "unacknowledged">
    & { qos0: boolean; onQos0: () => void }
    & {
      readonly backlog: Pick<
        ReceiveQueue["backlog"],
        "onBacklog" | "closeEpisode" | "tick" | "current"
      >;
    };
}

/** What the gap watch reads of a recorder. */
export type WatchedRecorder = Pick<Recorder, "lastTime" | "unsyncedSince" | "committed" | "watch">;
