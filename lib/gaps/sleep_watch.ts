/** Notices that the machine or the process slept, by a tick that comes late. */

/** A moment on both clocks: the wall's for the row, the other one for how long it lasts. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** A beat later than this was slept through: even a busy machine is not as late. */
const LATE_MS = 3_000;
/** After waking, a connection that was lost meanwhile is noticed within this time. */
const WAKING_MS = 10_000;

export class SleepWatch {
  readonly #outliveMs: number;
  #last: Moment | undefined;
  #slept: { readonly since: Moment; readonly wokeAt: number } | undefined;

  /** @param outliveMs For how long a connection may be silent until the broker gives it up. */
  constructor(outliveMs = Infinity) {
    this.#outliveMs = outliveMs;
  }

  /**
   * To be called about once a second. The wall's clock tells, as the other one may stand still
   * while a machine is suspended; one that is set looks the same, which errs on the safe side.
   *
   * @returns When the sleep began that this beat ends, if a connection can have outlived it.
   */
  tick(now: Moment): Moment | undefined {
    const slept = this.#sleptThrough(now);
    if (slept) this.#slept = { since: slept, wokeAt: now.monotonic };
    const ran = now.monotonic - (this.#last ?? now).monotonic;
    this.#last = now;
    const isSet = ran < LATE_MS && now.monotonic - (slept ?? now).monotonic > this.#outliveMs;
    return isSet ? undefined : slept;
  }

  /** When the sleep began that a connection lost `now` may have been lost in. */
  since(now: Moment): Moment | undefined {
    const under = this.#sleptThrough(now);
    if (under) return under;
    const { since, wokeAt } = this.#slept ?? {};
    return wokeAt !== undefined && now.monotonic - wokeAt < WAKING_MS ? since : undefined;
  }

  /** The last moment awake, if there was no beat since that should have been. */
  #sleptThrough(now: Moment): Moment | undefined {
    const last = this.#last;
    if (last === undefined || now.wall - last.wall < LATE_MS) return undefined;
    // However long the other clock says: it may have slept too.
    return { wall: last.wall, monotonic: now.monotonic - (now.wall - last.wall) };
  }
}
