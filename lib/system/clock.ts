/** Time, passed to other modules as a `Clock`; `shared_timers.ts` holds the only timers. */

import { setImmediate } from "node:timers";
import { wakeIn } from "./shared_timers.ts";

/** Reads the time and waits. Tests pass a fake. */
export interface Clock {
  /** Wall clock, in ms since the Unix epoch; may jump. */
  now(): number;
  /** Monotonic time in ms since an arbitrary start, for durations. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects and leaves no
   * timer.
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
      const cancel = wakeIn(ms, () => {
        forget?.();
        resolve();
      });
      const forget = signal && onAbort(signal, () => {
        cancel();
        resolve();
      });
    });
  },
};

/** Resolves in the next turn of the event loop, after all pending microtasks. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `wake` when `signal` aborts, unless the returned function was called before. All sleepers
 * of a signal share one listener, because an event target walks its whole list to add one, which
 * takes seconds for thousands of sensors.
 */
function onAbort(signal: AbortSignal, wake: () => void): () => void {
  let sleepers = waiting.get(signal);
  if (sleepers === undefined) {
    const all = sleepers = new Set();
    waiting.set(signal, all);
    signal.addEventListener("abort", () => all.forEach((wake) => wake()), { once: true });
  }
  sleepers.add(wake);
  return () => sleepers.delete(wake);
}

export interface TickOptions {
  /** Wait before the first tick, in ms. @default {0} */
  readonly phaseMs?: number;
  /** Offset of an additional tick before the first one, in ms. @default {none} */
  readonly helloMs?: number | undefined;
  /** Largest deviation of a tick as a share of the period, in [0, 0.5). @default {0} */
  readonly jitter?: number;
  /** Uniform in [0, 1). @default {Math.random} */
  readonly random?: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the time (ms since the epoch) at each tick. Tick k is due at start + phase + k × period ±
 * jitter; the jitter does not accumulate, and the first tick has none. After a slow consumer or a
 * sleeping machine one tick comes late and the other missed ones are skipped. Ends when `signal`
 * aborts.
 *
 * @param periodMs Time between two ticks, in ms; 0: a tick on every request, and the consumer must
 * yield to the event loop itself.
 */
export async function* ticks(
  clock: Clock,
  periodMs: number,
  { phaseMs = 0, helloMs, jitter = 0, random = Math.random, signal }: TickOptions = {},
): AsyncGenerator<number, void, unknown> {
  if (periodMs === 0) {
    while (!signal?.aborted) yield clock.now();
    return;
  }
  const start = clock.monotonic() + phaseMs;
  if (helloMs !== undefined) {
    await clock.sleep(helloMs, signal);
    if (signal?.aborted) return;
    yield clock.now();
  }
  for (let k = 0;; k++) {
    const stray = k === 0 ? 0 : (random() * 2 - 1) * jitter * periodMs;
    await clock.sleep(Math.max(0, start + k * periodMs + stray - clock.monotonic()), signal);
    if (signal?.aborted) return;
    yield clock.now();
    if (signal?.aborted) return;
    // Continue with the last tick that is already due, so that a consumer slightly slower than the
    // period skips as few as possible.
    k = Math.max(k, Math.floor((clock.monotonic() - start) / periodMs) - 1);
  }
}

export interface BackoffOptions {
  /** Longest first wait, in ms. @default {500} */
  readonly minMs?: number;
  /** Upper bound of the wait, in ms. @default {30_000} */
  readonly maxMs?: number;
}

/**
 * Wait before attempt number `attempt` (from 0), in ms: doubles up to `maxMs`, with jitter over the
 * upper half, so that many clients do not reconnect at once.
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
