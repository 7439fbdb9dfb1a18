/** A backlog at the broker, and what is known of it meanwhile. */

/** A backlog of this length is told whatever is known of it. */
export const LONG_MS = 2_000;
/** Backlogs with less than this between them are one. */
export const MERGE_MS = 500;

/** A time in which more may have waited than the broker keeps; ms on the monotonic clock. */
export interface Backlog {
  readonly from: number;
  readonly to: number;
  /** Whether it is told also where the broker does not count what it drops. */
  readonly severe: boolean;
  /** Whether it was for want of room here, more than half of the time. */
  readonly heldBack: boolean;
}

/** What is known of messages with QoS 1 and 2 on a connection. */
export interface Flight {
  /** Came and are not acknowledged yet. */
  readonly open: number;
  /** Have come, all in all. */
  readonly arrived: number;
}

/** What is known when the broker is asked; to be handed in with its answer. */
export interface Asked extends Flight {
  readonly time: number;
  /** Packets that had come. */
  readonly packets: number;
}

/** An episode under way. */
export interface Episode {
  readonly from: number;
  readonly to: number;
  readonly severe: boolean;
  readonly heldMs: number;
}

/** Two episodes as one, where there is hardly anything between them. */
export function joined(before: Episode | undefined, next: Episode): Episode | undefined {
  if (before === undefined || next.from - before.to >= MERGE_MS) return undefined;
  return {
    from: before.from,
    to: next.to,
    severe: before.severe || next.severe,
    heldMs: before.heldMs + next.heldMs,
  };
}

export function shown({ from, to, severe, heldMs }: Episode): Backlog {
  const ms = to - from;
  return { from, to, severe: severe || ms >= LONG_MS, heldBack: heldMs > ms / 2 };
}
