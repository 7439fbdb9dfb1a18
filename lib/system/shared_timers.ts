/** Timers, each shared by all sleepers that are due in the same millisecond. */

/** Longest timeout of `setTimeout`; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One timer and its sleepers. */
class SharedTimer {
  readonly #sleepers = new Set<() => void>();
  readonly #onEmpty: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(waitMs: number, onEmpty: () => void) {
    this.#onEmpty = onEmpty;
    this.#wait(waitMs);
  }

  add(wake: () => void): void {
    this.#sleepers.add(wake);
  }

  delete(wake: () => void): void {
    this.#sleepers.delete(wake);
    if (this.#sleepers.size > 0) return;
    clearTimeout(this.#timer);
    this.#onEmpty();
  }

  #wait(leftMs: number): void {
    this.#timer = leftMs > MAX_TIMER_MS
      ? setTimeout(() => this.#wait(leftMs - MAX_TIMER_MS), MAX_TIMER_MS)
      : setTimeout(() => this.#ring(), leftMs);
  }

  #ring(): void {
    this.#onEmpty();
    for (const wake of this.#sleepers) wake();
  }
}

/** Timers by their due millisecond of `performance.now()`. */
const timers = new Map<number, SharedTimer>();

/**
 * Calls `wake` once after `ms` milliseconds, at most 1 ms late; the returned function cancels it.
 * 10,000 sensors that each publish once a second need 1,000 timers a second instead of 10,000.
 */
export function wakeIn(ms: number, wake: () => void): () => void {
  const now = performance.now();
  const due = Math.ceil(now + ms);
  let timer = timers.get(due);
  if (timer === undefined) {
    timer = new SharedTimer(Math.ceil(due - now), () => timers.delete(due));
    timers.set(due, timer);
  }
  timer.add(wake);
  const made = timer;
  return () => made.delete(wake);
}
