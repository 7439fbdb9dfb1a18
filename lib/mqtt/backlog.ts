/** A backlog of messages at the broker, and the figures that prove or exclude one. */

/** Backlogs with less time than this between them count as one. */
const MERGE_MS = 500;
/** Messages that a broker keeps for a client, less a margin. */
export const QUEUE_LENGTH = {
  /** The usual default: Mosquitto 2, EMQX and HiveMQ keep 1,000. */
  usual: 900,
  /** The smallest one: Mosquitto 1 kept 100. */
  smallest: 90,
} as const;
/** Bytes that a broker with such a limit may keep for a client (Mosquitto's `max_queued_bytes`). */
export const QUEUE_BYTES = 64 * 1024;
/** Smallest default window of a broker: HiveMQ 10, Mosquitto 20, EMQX 32. */
export const MIN_WINDOW = 10;
/** So long without a proof, or without reading, is severe in any case. */
export const LONG_MS = 2_000;
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
export interface Proof extends Amount {
  readonly time: number;
  readonly inFlight: number;
}

/** A part of a backlog; ms on the monotonic clock. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly severe: boolean;
  /** How long of it reading was paused. */
  readonly heldMs: number;
}

/** A broker that may send and is silent for this long has nothing queued. */
export const SILENT_MS = 1_000;

/** Interval of the ticks that show until when this process has read. */
export const TICK_MS = 125;

/** When a connection was last read. */
export class LastRead {
  /** When the last packet came. */
  came = 0;
  /** When this process last read for sure, and the two last ticks. */
  #read = 0;
  #previous = 0;
  #ticked = 0;

  reset(now: number): void {
    this.came = this.#read = now;
    this.#previous = this.#ticked = now;
  }

  /** Call it every `TICK_MS`. */
  tick(now: number): void {
    // A process that has just waited for a processor may not have read yet what came meanwhile:
    // timers come before sockets.
    this.#read = this.#previous;
    this.#previous = this.#ticked;
    this.#ticked = now;
  }

  /** Up to when this process has read for sure. */
  get time(): number {
    return Math.max(this.came, this.#read);
  }

  /** Whether nothing came for so long that nothing was on its way. */
  get isSilent(): boolean {
    return this.time - this.came >= SILENT_MS;
  }

  /** The last moment that these proofs hold for; one that came after every packet still does. */
  provenUntil(
    { packets }: Pick<Amount, "packets">,
    ...proofs: readonly Pick<Proof, "packets" | "time">[]
  ): number {
    const before = proofs.filter((proof) => proof.packets < packets);
    return Math.min(this.time, ...before.map(({ time }) => time));
  }
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

/** Whether more messages came between than the network and a queue of this length surely hold. */
export function exceeds(before: Amount, after: Amount, queueLength: number): boolean {
  const packets = after.packets - before.packets;
  const beyond = packets - queueLength;
  return beyond > 0 && (after.bytes - before.bytes) / packets * beyond >= NETWORK_BYTES;
}

/** Whether the smallest queue of a broker keeps them, as far as its window is full. */
export function fitsSmallQueue(packets: number, bytes: number): boolean {
  return packets < QUEUE_LENGTH.smallest && (packets < MIN_WINDOW || bytes < QUEUE_BYTES);
}

/** Joins stretches with hardly any time between them to backlogs: severe ones, and the others. */
export class Backlogs {
  #severe: Stretch | undefined;
  #possible: Stretch | undefined;
  readonly #report: (backlog: Backlog) => void;

  /** @param report Called with every backlog once it has ended. */
  constructor(report: (backlog: Backlog) => void) {
    this.#report = report;
  }

  /** Adds one; where nothing came since its start, there is none. */
  add(stretch: Stretch | undefined): void {
    if (stretch === undefined || stretch.to <= stretch.from) return;
    const previous = this.#like(stretch);
    const both = joined(previous, stretch);
    if (previous && !both) this.#report(backlogOf(previous));
    const next = both ?? stretch;
    if (next.severe) this.#severe = next;
    else this.#possible = next;
  }

  /** A stretch that goes on, with what it adjoins. */
  with(stretch: Stretch): Backlog {
    return backlogOf(joined(this.#like(stretch), stretch) ?? stretch);
  }

  /** Reports those that ended before a moment. */
  end(before = Infinity): void {
    for (const stretch of [this.#severe, this.#possible]) {
      if (stretch === undefined || stretch.to + MERGE_MS > before) continue;
      if (stretch.severe) this.#severe = undefined;
      else this.#possible = undefined;
      this.#report(backlogOf(stretch));
    }
  }

  #like({ severe }: Stretch): Stretch | undefined {
    return severe ? this.#severe : this.#possible;
  }
}

/** Two stretches as one if hardly any time lies between them; else undefined. */
function joined(previous: Stretch | undefined, next: Stretch): Stretch | undefined {
  if (previous === undefined || next.from - previous.to >= MERGE_MS) return undefined;
  return {
    from: Math.min(previous.from, next.from),
    to: Math.max(previous.to, next.to),
    severe: next.severe,
    heldMs: previous.heldMs + next.heldMs,
  };
}

function backlogOf({ from, to, severe, heldMs }: Stretch): Backlog {
  return { from, to, severe, heldBack: heldMs > (to - from) / 2 };
}
