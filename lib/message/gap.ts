/** What a gap is: a time in which messages may have been missed, and how the gap log spells it. */

/** Why something could have been missed. */
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
  | "client id taken over";

/**
 * What became of the session on the broker: taken up again, gone, never asked for, or there all
 * the time (a connection that stayed, or a session left behind for the next start).
 */
export type SessionFate = "resumed" | "lost" | "none" | "kept";

/** What may be missing: nothing, what was sent with QoS 0, anything. */
export type Risk = "no" | "qos0" | "yes";

/** One row of the gap log. */
export interface Gap {
  /** When it began and ended, ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** How long it was, in ms; not `to - from` where the clock was set meanwhile. */
  readonly ms: number;
  readonly cause: Cause;
  /** The topic filter or the like that the cause is about. */
  readonly detail?: string | undefined;
  readonly session: SessionFate;
  readonly atRisk: Risk;
}

/** The columns of the gap log, in their order: a contract since version 0.1.0. */
export const GAP_COLUMNS = ["from", "to", "seconds", "cause", "session", "at_risk"] as const;
