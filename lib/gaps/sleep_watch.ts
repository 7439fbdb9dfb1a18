/** Detects from a late tick that the machine or the process slept. */

/** A moment on both clocks: wall for the row, monotonic for durations. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** A sleep that has ended. */
export interface Sleep {
  readonly since: Moment;
  /** Whether a connection can have survived it: else one that is alive shows a clock that was set. */
  readonly survivable: boolean;
}

/** A tick later than this means sleep: even a busy machine is not as late. */
const LATE_MS = 3_000;
/** A connection lost during the sleep is noticed within this time after it. */
const WAKING_MS = 10_000;

export class SleepWatch {
  readonly #outliveMs: number;
  #last: Moment | undefined;
  #slept: { readonly since: Moment; readonly wokeAt: number } | undefined;

  /** @param outliveMs Silence after which the broker closes a connection, in ms. */
  constructor(outliveMs = Infinity) {
    this.#outliveMs = outliveMs;
  }

  /**
   * Call it about once a second. It reads the wall clock, because the monotonic clock may stop
   * while the machine is suspended; a clock that is set ahead looks like sleep, which is the safe
   * side.
   *
   * @returns The sleep that this tick ends.
   */
  tick(now: Moment): Sleep | undefined {
    const since = this.#sleptThrough(now);
    if (since) this.#slept = { since, wokeAt: now.monotonic };
    const ran = now.monotonic - (this.#last ?? now).monotonic;
    this.#last = now;
    if (since === undefined) return undefined;
    return {
      since,
      survivable: ran >= LATE_MS || now.monotonic - since.monotonic <= this.#outliveMs,
    };
  }

  /** Start of the sleep in which a connection that is found lost `now` may have been lost. */
  since(now: Moment): Moment | undefined {
    const current = this.#sleptThrough(now);
    if (current) return current;
    const { since, wokeAt } = this.#slept ?? {};
    return wokeAt !== undefined && now.monotonic - wokeAt < WAKING_MS ? since : undefined;
  }

  /** Notes that the connection has survived a sleep: it is lost later, if at all. */
  survived({ wall }: Moment): void {
    if (this.#slept?.since.wall === wall) this.#slept = undefined;
  }

  /** The last tick, if later ones are missing. */
  #sleptThrough(now: Moment): Moment | undefined {
    const last = this.#last;
    if (last === undefined || now.wall - last.wall < LATE_MS) return undefined;
    // The duration comes from the wall clock too: the monotonic clock may have stopped.
    return { wall: last.wall, monotonic: now.monotonic - (now.wall - last.wall) };
  }
}
