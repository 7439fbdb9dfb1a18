/** The broker's own count of messages it dropped, and what two readings of it prove. No I/O. */

/** Roundings of the broker's uptime, and the way of a message. */
const TOLERANCE_S = 2;
/** A retained uptime is as old as the broker's interval; longer ones prove nothing. */
const OLDEST_S = 660;

/** What the broker told at one moment. */
export interface DropReading {
  /** Messages dropped since the broker began, for whichever client. */
  readonly dropped: number;
  /** For how long it had been running then, in whole seconds. */
  readonly uptimeS: number;
  /** When it came in, ms since the epoch. */
  readonly time: number;
  /** The same on the monotonic clock, of this process alone. */
  readonly monotonic?: number | undefined;
}

/**
 * How many messages a broker dropped since a reading; undefined: unknown, as it may have begun to
 * count anew.
 *
 * @param before Undefined: there was none.
 * @param from When the time of interest began, ms since the epoch: up to then the broker is known to
 * have been there.
 */
export function droppedSince(
  before: DropReading | undefined,
  after: DropReading,
  from: number,
): number | undefined {
  // One that began after `from` has not run for that long.
  const sinceS = (after.time - from) / 1000;
  if (sinceS < 0 || after.uptimeS < sinceS + 1) return undefined;
  if (before === undefined) return after.dropped === 0 ? 0 : undefined;
  // A clock that was set tells nothing.
  const elapsedS = (after.time - before.time) / 1000;
  const lag = after.uptimeS - before.uptimeS - elapsedS;
  if (elapsedS < 0 || lag < -TOLERANCE_S || lag > OLDEST_S) return undefined;
  const count = after.dropped - before.dropped;
  return count >= 0 ? count : undefined;
}

/** Whether it makes sense: as it was written down, or told by a broker. */
export function isReading(value: unknown): value is DropReading {
  const { dropped, uptimeS, time } = (value ?? {}) as DropReading;
  return Number.isSafeInteger(dropped) && dropped >= 0 && Number.isSafeInteger(uptimeS) &&
    uptimeS >= 0 && typeof time === "number" && !isNaN(new Date(time).getTime());
}
