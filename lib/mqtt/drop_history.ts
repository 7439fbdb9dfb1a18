/** Readings of the broker's count of dropped messages, kept as long as they may prove something. */

import type { DropReading } from "../message/drop_count.ts";
import type { Clock } from "../system/clock.ts";

/** The broker's uptime is in whole seconds. */
const ROUNDED_MS = 1_000;
/** Changes of the count that are kept. */
const MAX_CHANGES = 100;

/** The figures received on one connection so far. */
export interface Readings {
  dropped?: number;
  uptimeS?: number;
}

/** A reading, and when it came in on the monotonic clock. */
type Timed = DropReading & { readonly monotonic: number };

/** A time in which the count stayed the same. */
interface Stretch {
  readonly first: Timed;
  last: Timed;
}

export class DropHistory {
  readonly #stretches: Stretch[] = [];
  readonly #clock: Pick<Clock, "now" | "monotonic">;

  constructor(clock: Pick<Clock, "now" | "monotonic">) {
    this.#clock = clock;
  }

  /** The last reading. */
  get last(): DropReading | undefined {
    return this.#stretches.at(-1)?.last;
  }

  /** The last reading before a moment on the monotonic clock. */
  before(monotonic: number): DropReading | undefined {
    const stretch = this.#stretches.findLast(({ first }) => first.monotonic <= monotonic);
    return stretch && (stretch.last.monotonic <= monotonic ? stretch.last : stretch.first);
  }

  /**
   * Adds a reading.
   *
   * @param came When it came in, on the monotonic clock. @default {now}
   */
  add(dropped: number, uptimeS: number, came?: number): DropReading {
    const monotonic = came ?? this.#clock.monotonic();
    const time = this.#clock.now() - (this.#clock.monotonic() - monotonic);
    const reading = { dropped, uptimeS, time, monotonic };
    const stretch = this.#stretches.at(-1);
    if (stretch?.last.dropped === dropped && stretch.last.uptimeS <= uptimeS) {
      stretch.last = reading;
    } else {
      this.#stretches.push({ first: reading, last: reading });
      if (this.#stretches.length > MAX_CHANGES) this.#stretches.shift();
    }
    return reading;
  }

  /**
   * Corrects the time of the first, retained reading: its count is as old as the uptime beside it,
   * and the next uptime shows how old that was.
   */
  backdate(uptimeS: number, monotonic: number): void {
    const stretch = this.#stretches.at(-1);
    if (stretch === undefined || stretch.first !== stretch.last) return;
    const { first } = stretch;
    const at = monotonic - (uptimeS - first.uptimeS) * 1000 + ROUNDED_MS;
    if (at >= first.monotonic) return;
    const earlier = { ...first, monotonic: at, time: first.time - (first.monotonic - at) };
    this.#stretches[this.#stretches.length - 1] = { first: earlier, last: earlier };
  }
}
