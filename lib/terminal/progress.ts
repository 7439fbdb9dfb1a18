/** One line that says how far something is, on a terminal only. */

import { type Clock, systemClock } from "../system/clock.ts";
import { Output, type Writer } from "./output.ts";

/** Least time between two drawings, and before the first one, in ms. */
const EVERY_MS = 250;
/** Nothing is known of the time left before this share. */
const MIN_SHARE = 0.02;
const CLEAR = "\r\x1b[K";

/** Options of {@linkcode Progress}. */
export interface ProgressOptions {
  /** Whether there is anybody to see it. */
  readonly shown: boolean;
  /** @default {systemClock} */
  readonly clock?: Pick<Clock, "monotonic">;
}

export class Progress {
  readonly #out: Output;
  readonly #say: (percent: number, leftMs: number | undefined) => string;
  readonly #shown: boolean;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #begin: number;
  #last: number;
  #drawn = false;

  /** @param say The line for a percentage and the time left, undefined while that is unknown. */
  constructor(
    writer: Writer,
    say: (percent: number, leftMs: number | undefined) => string,
    { shown, clock = systemClock }: ProgressOptions,
  ) {
    this.#out = new Output(writer);
    this.#say = say;
    this.#shown = shown;
    this.#clock = clock;
    this.#begin = this.#last = clock.monotonic();
  }

  /** Shows the share that is done, 0 to 1. */
  update(done: number): void {
    if (!this.#shown || !this.#out.idle) return;
    const now = this.#clock.monotonic();
    if (now - this.#last < EVERY_MS) return;
    this.#last = now;
    this.#drawn = true;
    const left = done < MIN_SHARE ? undefined : (now - this.#begin) * (1 - done) / done;
    this.#out.write(`${CLEAR}${this.#say(Math.floor(100 * done), left)}`);
  }

  /** Removes the line. */
  async end(): Promise<void> {
    if (this.#drawn) this.#out.write(CLEAR);
    this.#drawn = false;
    await this.#out.flush();
  }
}
