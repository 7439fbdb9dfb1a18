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
  /** Width of the terminal, which the line must not exceed. @default {() => 80} */
  readonly columns?: () => number;
  /** @default {systemClock} */
  readonly clock?: Pick<Clock, "monotonic">;
}

export class Progress {
  readonly #out: Output;
  readonly #say: (percent: number, leftMs: number | undefined) => string;
  readonly #shown: boolean;
  readonly #columns: () => number;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #begin: number;
  #last: number;
  #drawn = false;

  /** @param say The line for a percentage and the time left, undefined while that is unknown. */
  constructor(
    writer: Writer,
    say: (percent: number, leftMs: number | undefined) => string,
    { shown, columns = () => 80, clock = systemClock }: ProgressOptions,
  ) {
    this.#out = new Output(writer);
    this.#say = say;
    this.#shown = shown;
    this.#columns = columns;
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
    const seconds = Math.ceil((now - this.#begin) * (1 - done) / done / 1000);
    const line = this.#say(Math.floor(100 * done), done < MIN_SHARE ? undefined : seconds * 1000);
    this.#out.write(`${CLEAR}${line.slice(0, Math.max(1, this.#columns() - 1))}`);
  }

  /** Removes the line. */
  async end(): Promise<void> {
    if (this.#drawn) this.#out.write(CLEAR);
    this.#drawn = false;
    await this.#out.flush();
  }
}
