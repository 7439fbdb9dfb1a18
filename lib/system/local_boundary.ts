/** The next moment of a period that is aligned to the local clock: each hour, each midnight. */

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday: periods of weeks begin on a Monday. */
const MONDAY = 3;

/** How far the local clock is ahead of UTC at a moment, in ms. */
export type OffsetAt = (ms: number) => number;

const systemOffset: OffsetAt = (ms) => -new Date(ms).getTimezoneOffset() * 60_000;

/**
 * The first moment after `now` (ms since the epoch) at which a period begins: at local midnight and
 * every `periodMs` of the local clock after it, or, for whole days, at the midnight of every such
 * day. A day of 23 or 25 hours has as many full hours. Where the clock is put forward over a moment
 * or back to one, the change itself is that moment.
 *
 * @param periodMs Less than a day, or whole days.
 */
export function nextBoundary(
  now: number,
  periodMs: number,
  offsetAt: OffsetAt = systemOffset,
): number {
  const offset = offsetAt(now);
  const local = now + offset;
  const next = localAfter(local, periodMs) - offset;
  if (offsetAt(next) === offset) return next;
  const change = changeBetween(now, next, offsetAt);
  const after = change + offsetAt(change);
  const isBoundary = localAfter(after - 1, periodMs) === after;
  // Put forward over it: a day may begin at one o'clock.
  const isSkipped = localAfter(local, periodMs) < after;
  return isBoundary || isSkipped ? change : nextBoundary(change, periodMs, offsetAt);
}

/** The same on a clock that is never changed. */
function localAfter(local: number, periodMs: number): number {
  const day = Math.floor(local / DAY_MS);
  if (periodMs < DAY_MS) {
    const midnight = day * DAY_MS;
    const next = midnight + (Math.floor((local - midnight) / periodMs) + 1) * periodMs;
    return Math.min(next, midnight + DAY_MS);
  }
  const days = Math.round(periodMs / DAY_MS);
  return ((Math.floor((day + MONDAY) / days) + 1) * days - MONDAY) * DAY_MS;
}

/** The first moment after `from`, up to `to`, at which the offset is another one. */
function changeBetween(from: number, to: number, offsetAt: OffsetAt): number {
  const before = offsetAt(from);
  // Two changes within one period would need a longer one than any clock has made.
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (offsetAt(middle) === before) from = middle;
    else to = middle;
  }
  return to;
}
