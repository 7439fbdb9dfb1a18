/** A limit to how long a promise is awaited. */

import type { Clock } from "./clock.ts";

/** Something took too long. */
export class TimeoutError extends Error {
  constructor() {
    super("no answer in time");
  }
}

/**
 * What `promise` resolves to.
 *
 * @param progress A figure; as long as it changes, the time begins anew. @default {it never does}
 * @throws {TimeoutError} It took longer than `ms` milliseconds.
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
