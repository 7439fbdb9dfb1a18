/** The events of a broker client and its connection. */

import type { Connection } from "./connect_options.ts";
import type { Waiting } from "./first_connection.ts";
import type { StatusRefused } from "./status_topic.ts";
import type { Refusal } from "./subscription_answers.ts";

/** Changes of the connection. */
export type ConnectionEvent =
  /** At the first connection at least one filter is granted. */
  | Pick<
    Connection,
    "version" | "unanswered5" | "resumed" | "refused" | "grantedExpiryS" | "ambiguous"
  >
    & {
      readonly type: "connected";
      readonly again: boolean;
      /** Another client with our id may have taken messages meanwhile. @default {false} */
      readonly doubtful?: boolean;
    }
  /**
   * Refused filters were requested again, and `refused` are those refused once more; `first`: it is
   * the first answer, which came after a backlog.
   */
  | {
    readonly type: "subscribed";
    readonly refused: readonly Refusal[];
    readonly first?: boolean;
  }
  /**
   * `since`: when nothing was lost yet for sure, ms since the epoch; `final`: it will not reconnect; `renewed`:
   * this program ended it, so that the broker redelivers.
   */
  | {
    readonly type: "disconnected";
    readonly cause: unknown;
    readonly since: number;
    readonly final: boolean;
    readonly renewed?: boolean;
  }
  /** An attempt to connect failed; `news`: the broker refused for another reason than last time. */
  | { readonly type: "failed"; readonly cause: unknown; readonly news: boolean }
  /** The broker refuses our credentials; once for each reason. */
  | { readonly type: "unwanted"; readonly cause: unknown; readonly nextMs: number }
  /** The connection keeps ending soon after it is made; once. */
  | { readonly type: "troubled"; readonly everyMs: number }
  | StatusRefused
  | Waiting;

/** Everything that a broker client emits. */
export type BrokerEvent =
  | ConnectionEvent
  /** The end. `kept`: the session stays on the broker; `undelivered`: it may hold messages. */
  | {
    readonly type: "left";
    readonly kept: boolean;
    readonly undelivered: boolean;
    readonly takenOver: boolean;
  };
