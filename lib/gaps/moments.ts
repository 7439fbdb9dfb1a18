/** Makes moments on both clocks, and gaps between them. */

import type { Cause, SessionFate } from "../message/gap.ts";
import type { Clock } from "../system/clock.ts";
import type { UnratedGap } from "./undecided.ts";
import type { Moment } from "./sleep_watch.ts";

/** Pairs the wall clock, which may jump, with the monotonic clock, which measures durations. */
export class Moments {
  readonly #clock: Pick<Clock, "now" | "monotonic">;

  constructor(clock: Pick<Clock, "now" | "monotonic">) {
    this.#clock = clock;
  }

  now(): Moment {
    return this.ago(0);
  }

  /** The moment of a time on the wall clock, ms since the epoch. */
  at(time: number): Moment {
    return this.ago(this.#clock.now() - time);
  }

  ago(ms: number): Moment {
    return { wall: this.#clock.now() - ms, monotonic: this.#clock.monotonic() - ms };
  }

  /** The gap from `since` until now. */
  gap(since: Moment, cause: Cause, session: SessionFate, detail?: string): UnratedGap {
    const now = this.now();
    const ms = now.monotonic - since.monotonic;
    return { from: since.wall, to: now.wall, ms, cause, detail, session };
  }
}
