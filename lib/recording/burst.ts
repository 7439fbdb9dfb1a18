/** Tells whether files are finished in a burst, so that their sums had better come after it. */

import type { Clock } from "../system/clock.ts";

/**
 * Files of this size that filled faster (bytes a second) are summed after the burst, while fewer
 * wait and no core is free: meanwhile their sums take a fifth of the rate of two cores (`deno task
 * bench --only rotation`).
 */
const LARGE_BYTES = 8 << 20, FAST = 100_000_000, MAX_WAITING = 8, SPARE_CORES = 3;
/** A burst is over when no file is finished for so long, or for twice the time one took to fill. */
const OVER_MS = 1_000;

export class Burst {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #cores: number;
  /** When the last file was finished, ms on the monotonic clock. */
  #finished = -Infinity;

  /** @param cores Processor cores. @default {those of this machine} */
  constructor(clock: Pick<Clock, "monotonic">, cores = navigator.hardwareConcurrency) {
    this.#clock = clock;
    this.#cores = cores;
  }

  /** Notes that files are finished. */
  finished(): void {
    this.#finished = this.#clock.monotonic();
  }

  /**
   * Whether it goes on.
   *
   * @param bytes Of the files of one number.
   * @param filledMs How long they took to fill.
   * @param waiting Numbers that wait for their sums.
   */
  goesOn(bytes: number, filledMs: number, waiting: number): boolean {
    if (this.#cores >= SPARE_CORES || bytes < LARGE_BYTES || waiting >= MAX_WAITING) return false;
    const restMs = this.#clock.monotonic() - this.#finished;
    return bytes * 1000 > FAST * filledMs && restMs < Math.max(OVER_MS, 2 * filledMs);
  }
}
