/** A backlog of messages at the broker, and the figures that prove or exclude one. */

/** A backlog of this length is severe in any case. */
export const LONG_MS = 2_000;
/** Backlogs with less time than this between them count as one. */
export const MERGE_MS = 500;

/** A time in which more messages may have waited than the broker keeps; ms, monotonic clock. */
export interface Backlog {
  readonly from: number;
  readonly to: number;
  /** Whether it is logged even if the broker does not count dropped messages. */
  readonly severe: boolean;
  /** Whether a full queue here was the reason, more than half of the time. */
  readonly heldBack: boolean;
}

/** Messages with QoS 1 and 2 of one connection. */
export interface Flight {
  /** Received and not acknowledged yet. */
  readonly open: number;
  /** Received in all. */
  readonly arrived: number;
}

/** The figures at a PINGREQ; pass them to `answered()` with its answer. */
export interface Asked extends Flight {
  readonly time: number;
  /** Packets received until then. */
  readonly packets: number;
}

/** A backlog that may go on. */
export interface Episode {
  readonly from: number;
  readonly to: number;
  readonly severe: boolean;
  readonly heldMs: number;
}

/** Two episodes as one if hardly any time lies between them; else undefined. */
export function joined(previous: Episode | undefined, next: Episode): Episode | undefined {
  if (previous === undefined || next.from - previous.to >= MERGE_MS) return undefined;
  return {
    from: previous.from,
    to: next.to,
    severe: previous.severe || next.severe,
    heldMs: previous.heldMs + next.heldMs,
  };
}

/** The backlog that an episode was. */
export function backlogOf({ from, to, severe, heldMs }: Episode): Backlog {
  const ms = to - from;
  return { from, to, severe: severe || ms >= LONG_MS, heldBack: heldMs > ms / 2 };
}
