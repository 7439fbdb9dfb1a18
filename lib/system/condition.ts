/** A condition variable: waits until something may have changed. */

import type { Clock } from "./clock.ts";

export class Condition {
  #changed = Promise.withResolvers<void>();

  /** Resolves at the next `notify()`. */
  wait(): Promise<void> {
    return this.#changed.promise;
  }

  /** Wakes everyone who waits. */
  notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves once `done()` is true, or after `ms` milliseconds. */
  async until(done: () => boolean, ms: number, clock: Pick<Clock, "sleep">): Promise<void> {
    const timer = new AbortController();
    let late = false;
    const tooLate = clock.sleep(ms, timer.signal).then(() => late = true);
    while (!late && !done()) await Promise.race([this.wait(), tooLate]);
    timer.abort();
  }
}
