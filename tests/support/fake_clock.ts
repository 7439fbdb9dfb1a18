/** A clock that tests advance. */

import type { Clock } from "../../lib/system/clock.ts";
import { withTimeout } from "./with_timeout.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #slept = Promise.withResolvers<void>();
  #set = 0;

  constructor(now = Date.UTC(2026, 10, 24)) {
    this.#now = now;
  }

  /** Number of sleepers; a leak shows as one that stays. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  now(): number {
    return this.#now + this.#set;
  }

  /** Sets the wall clock ahead or back by `ms`. */
  set(ms: number): void {
    this.#set += ms;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { due: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
      this.#slept.resolve();
      this.#slept = Promise.withResolvers();
    });
  }

  /** Resolves when a sleeper is due in `ms`. */
  async asleep(ms: number): Promise<void> {
    while (!this.#sleepers.some(({ due }) => due === this.#now + ms)) {
      await withTimeout(this.#slept.promise, `a sleep of ${ms} ms`);
    }
  }

  /** Advances by `ms` milliseconds at once: sleepers that are due wake late. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  /** Advances by `ms` milliseconds and wakes the sleepers that are due, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await runMicrotasks();
      const next = this.#sleepers.filter(({ due }) => due <= end)
        .reduce<Sleeper | undefined>((a, b) => a === undefined || b.due < a.due ? b : a, undefined);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.due);
      next.wake();
    }
    this.#now = end;
    await runMicrotasks();
  }
}

/** Runs all pending microtasks, also those that they queue. */
export async function runMicrotasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
