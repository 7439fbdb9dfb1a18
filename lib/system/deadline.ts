/** Limits the wait for a promise. */

import type { Clock } from "./clock.ts";

/** A promise did not settle in time. */
export class TimeoutError extends Error {
  constructor() {
    super("no answer in time");
  }
}

/**
 * Awaits `promise` for at most `ms` milliseconds.
 *
 * @param progress A counter; the time starts again whenever it has changed. @default {constant}
 * @throws {TimeoutError} The promise took longer. Rethrows its error.
 */
export async function deadline<T>(
  promise: Promise<T>,
  ms: number,
  clock: Pick<Clock, "sleep">,
  progress: () => number = () => 0,
): Promise<T> {
  const timer = new AbortController();
  const late = (async () => {
    for (let before = NaN; before !== progress();) {
      before = progress();
      await clock.sleep(ms, timer.signal);
    }
    throw new TimeoutError();
  })();
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}
