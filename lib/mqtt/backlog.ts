/** A backlog of messages at the broker, and the figures that prove or exclude one. */

/** A backlog of this length is severe in any case. */
export const LONG_MS = 2_000;
/** Backlogs with less time than this between them count as one. */
export const MERGE_MS = 500;
/** Messages that a broker keeps for a client by default, less a margin (Mosquitto, EMQX: 1,000). */
export const QUEUE_LENGTH = 900;
/** Bytes that the buffers of the network hold at least: Linux' minimum for both ends. */
const NETWORK_BYTES = 64 * 1024;

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

/** Messages received. */
export interface Amount {
  readonly packets: number;
  readonly bytes: number;
}

/** The figures at a PINGREQ; pass them to `answered()` with its answer. */
export interface Asked extends Flight, Amount {
  readonly time: number;
}

/** A moment at which the broker's queue was empty, with the messages in flight then. */
export interface Proof {
  readonly time: number;
  readonly packets: number;
  readonly inFlight: number;
}

/** A backlog that may go on. */
export interface Episode {
  readonly from: number;
  readonly to: number;
  readonly severe: boolean;
  readonly heldMs: number;
}

/** Adds up the time in which reading was paused. */
export class HeldTime {
  #since: number | undefined;
  #ms = 0;

  /** Notes that reading is paused, or goes on. */
  set(now: number, held: boolean): void {
    if (held) this.#since ??= now;
    else if (this.#since !== undefined) {
      this.#ms += now - this.#since;
      this.#since = undefined;
    }
  }

  /** The time since `reset()`, in ms; a pause that goes on counts whole. */
  ms(now: number): number {
    return this.#ms + (now - (this.#since ?? now));
  }

  reset(): void {
    this.#ms = 0;
  }
}

/** Whether more messages came between than the network and the broker's queue surely hold. */
export function exceeds(before: Amount, after: Amount): boolean {
  const packets = after.packets - before.packets;
  const beyond = packets - QUEUE_LENGTH;
  return beyond > 0 && (after.bytes - before.bytes) / packets * beyond >= NETWORK_BYTES;
}

/** Two episodes as one if hardly any time lies between them; else undefined. */
export function joined(previous: Episode | undefined, next: Episode): Episode | undefined {
  if (previous === undefined || next.from - previous.to >= MERGE_MS) return undefined;
  return {
    from: Math.min(previous.from, next.from),
    to: Math.max(previous.to, next.to),
    severe: previous.severe || next.severe,
    heldMs: previous.heldMs + next.heldMs,
  };
}

/** The backlog that an episode was. */
export function backlogOf({ from, to, severe, heldMs }: Episode): Backlog {
  const ms = to - from;
  return { from, to, severe: severe || ms >= LONG_MS, heldBack: heldMs > ms / 2 };
}
