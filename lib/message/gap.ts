/** What a gap is: a time in which messages may have been missed, and its columns in the gap log. */

/** Why messages may have been missed. */
export type Cause =
  | "connection lost"
  | "session lost"
  | "unclean end"
  | "between runs"
  | "subscription refused"
  | "subscription downgraded"
  | "write stall"
  | "sync failed"
  | "overload"
  | "client id taken over"
  | "invalid message"
  | "broker queue"
  | "process paused";

/**
 * The session on the broker: `resumed` after an absence, `lost`, `none` (never requested), or
 * `kept` (the connection stayed, or the session was left for the next start).
 */
export type SessionFate = "resumed" | "lost" | "none" | "kept";

/** What may be missing: nothing (proven), messages sent with QoS 0, or anything. */
export type Risk = "no" | "qos0" | "yes";

/** One row of the gap log. */
export interface Gap {
  /** When it began and ended, ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /**
   * Duration in ms by the monotonic clock; differs from `to - from` if the wall clock was set.
   */
  readonly ms: number;
  readonly cause: Cause;
  /** The topic filter, or what else the cause applies to. */
  readonly detail?: string | undefined;
  readonly session: SessionFate;
  readonly atRisk: Risk;
}

/** The columns of the gap log, in their order: a contract since version 0.1.0. */
export const GAP_COLUMNS = ["from", "to", "seconds", "cause", "session", "at_risk"] as const;
