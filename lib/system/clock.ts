/** Time, which is handed to everything else as a `Clock`; the only timers are in `alarms.ts`. */

import { setImmediate } from "node:timers";
import { wakeIn } from "./shared_timers.ts";

/** Tells the time and waits. Tests hand in one that they turn by hand. */
export interface Clock {
  /** Wall clock, in ms since the Unix epoch; may jump. */
  now(): number;
  /** Never goes back, in ms since an arbitrary start: for durations. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects, and leaves
   * no timer behind.
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

/** Resolves in the next turn of the event loop, when all that needs no waiting has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `wake` when `signal` aborts, unless the returned function was called before. One listener
 * serves all sleepers of a signal: an event target walks its listeners at each change, so that
 * thousands of sensors with a listener each spend their time on nothing else.
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
  /** Where an additional tick lies, before the first one, in ms. @default {none} */
  readonly helloMs?: number | undefined;
  /** How far a tick may stray from its place, as a share of the period: [0, 0.5). @default {0} */
  readonly jitter?: number;
  /** Uniform in [0, 1). @default {Math.random} */
  readonly random?: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the time (ms since the epoch) at each tick: tick k lies at start + phase + k × period,
 * give or take the jitter, which does not add up and spares the first. Ends when `signal` aborts.
 * Ticks that were missed (a slow consumer, a machine that slept) are skipped, not made up for: one
 * comes late.
 *
 * @param periodMs Time between two ticks, in ms; 0: one whenever one is asked for, without a wait:
 * whoever takes them must now and then wait for something else than its turn.
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
    // The last tick that is due already is the one that comes late; after a short delay that is
    // the next one, so that a consumer a little slower than the period loses as little as it must.
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
