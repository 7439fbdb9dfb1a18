/** The events of a connection that is kept up. */

import type { Connection } from "./connect_options.ts";
import type { StatusRefused } from "./status_topic.ts";
import type { Refusal } from "./subscription_answers.ts";

/** What happens to the connection. */
export type ConnectionEvent =
  /** `refused`: only when `again`; the first time they are an error. */
  | Pick<Connection, "version" | "resumed" | "refused" | "grantedExpiryS" | "ambiguous"> & {
    readonly type: "connected";
    readonly again: boolean;
    /** Another client with our id may have taken messages meanwhile. @default {false} */
    readonly doubtful?: boolean;
  }
  /** Filters refused before were asked for again; `refused` are those that still are. */
  | { readonly type: "subscribed"; readonly refused: readonly Refusal[] }
  /** `since`: when the broker was last there, ms since the epoch; `final`: for good. */
  | {
    readonly type: "disconnected";
    readonly cause: unknown;
    readonly since: number;
    readonly final: boolean;
  }
  /** A try to connect failed; `news`: for another reason than before, and not for want of a broker. */
  | { readonly type: "failed"; readonly cause: unknown; readonly news: boolean }
  /** The broker does not accept who we are any more; told when that is new. */
  | { readonly type: "unwanted"; readonly cause: unknown; readonly nextMs: number }
  /** The connection ends soon after each time it is made; told once. */
  | { readonly type: "troubled"; readonly everyMs: number }
  | StatusRefused;

/** Everything that a broker client emits. */
export type BrokerEvent =
  | ConnectionEvent
  /** The end. `kept`: the session is still on the broker; `behind`: with messages for us. */
  | {
    readonly type: "left";
    readonly kept: boolean;
    readonly behind: boolean;
    readonly takenOver: boolean;
  };
