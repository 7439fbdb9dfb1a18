/** The only timers of the program: time is handed to everything else as a `Clock`. */

/** Tells the time and waits. Tests hand in one that they turn by hand. */
export interface Clock {
  /** Wall clock, in ms since the Unix epoch; may jump. */
  now(): number;
  /** Never goes back, in ms since an arbitrary start: for durations. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects, and leaves
   * neither a timer nor a listener behind.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};

export interface TickOptions {
  /** Wait before the first tick, in ms. @default {0} */
  readonly phaseMs?: number;
  /** How far a tick may stray from its place, as a share of the period. @default {0} */
  readonly jitter?: number;
  /** Uniform in [0, 1). @default {Math.random} */
  readonly random?: () => number;
  readonly signal?: AbortSignal;
}

/**
 * Yields the time (ms since the epoch) at each tick: tick k lies at start + phase + k × period,
 * give or take the jitter, which does not add up. Ends when `signal` aborts. Ticks that were
 * missed (a slow consumer, a machine that slept) are skipped, not made up for.
 *
 * @param periodMs Time between two ticks, in ms.
 */
export async function* ticks(
  clock: Clock,
  periodMs: number,
  { phaseMs = 0, jitter = 0, random = Math.random, signal }: TickOptions = {},
): AsyncGenerator<number, void, unknown> {
  const start = clock.monotonic() + phaseMs;
  for (let k = 0; !signal?.aborted; k++) {
    const stray = (random() * 2 - 1) * jitter * periodMs;
    await clock.sleep(Math.max(0, start + k * periodMs + stray - clock.monotonic()), signal);
    if (signal?.aborted) return;
    yield clock.now();
    k = Math.max(k, Math.floor((clock.monotonic() - start) / periodMs) - 1);
  }
}

export interface BackoffOptions {
  /** Longest first wait, in ms. @default {500} */
  readonly minMs?: number;
  /** Longest wait of all, in ms. @default {30_000} */
  readonly maxMs?: number;
}

/**
 * How long to wait before try number `attempt` (from 0), in ms: doubling up to `maxMs`, and
 * anywhere in the upper half of that, so that many clients do not come back all at once.
 *
 * @param random Uniform in [0, 1].
 */
export function backoff(
  attempt: number,
  random: () => number,
  { minMs = 500, maxMs = 30_000 }: BackoffOptions = {},
): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return whole / 2 * (1 + random());
}
