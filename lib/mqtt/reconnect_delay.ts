/** Computes the wait before the next connection from the fate of the previous ones. */

import { backoff } from "../system/clock.ts";

/** A connection that ends sooner than this did not last. */
export const SHORT_LIFE_MS = 5_000;
/** This many of those in a row are no accident. */
const TROUBLED = 4;
/** A restarting broker or a bad network may end this many before it counts as trouble. */
const EXCUSED = 6;
/** Interval of attempts while the broker keeps closing the connection without a reason. */
export const TROUBLED_MS = 30_000;
/** Interval after refused credentials: brokers lock out clients that try too often. */
const REFUSED = { minMs: 2_000, maxMs: 300_000 };

export class ReconnectDelay {
  /** Failed attempts in a row, and how many of the last ones were refused credentials. */
  #failures = 0;
  #refusals = 0;
  /** Connections in a row that did not last, and how many of the last ones ended silently. */
  #shortLives = 0;
  #silentLives = 0;
  #examined = false;
  #excused = false;
  /** Whether the absence of the broker is the only problem. */
  #away = true;
  readonly #maxMs: number | undefined;

  /** @param maxMs Longest wait while the broker is away, in ms. @default {30_000} */
  constructor(maxMs?: number) {
    this.#maxMs = maxMs;
  }

  /**
   * Notes that a connection ended.
   *
   * @param silently Whether the broker gave no reason.
   */
  ended(livedMs: number, silently: boolean): void {
    this.#failures = this.#refusals = 0;
    this.#away = true;
    const short = livedMs < SHORT_LIFE_MS;
    this.#shortLives = short ? this.#shortLives + 1 : 0;
    this.#silentLives = short && silently ? this.#silentLives + 1 : 0;
    if (!short) this.#examined = this.#excused = false;
  }

  /** Notes a failed attempt: the broker was away, refused us, or refused our filters. */
  failed(how: "away" | "unwanted" | "unsubscribed"): void {
    this.#failures++;
    this.#away = how === "away";
    this.#refusals = how === "unwanted" ? this.#refusals + 1 : 0;
    this.#silentLives = 0;
    if (how !== "away") return;
    // A broker that is away explains the previous end.
    this.#shortLives = 0;
    this.#examined = this.#excused = false;
  }

  /** Notes that a probe ended too: the broker or the network was the reason. */
  excuse(): void {
    this.#silentLives = 0;
    this.#excused = true;
  }

  /** Whether a probe, a connection with another client id, should be held beside the next one. */
  get needsProbe(): boolean {
    return this.#silentLives >= TROUBLED / 2 && !this.#examined;
  }

  /** Whether the last connection lasted. */
  get lasted(): boolean {
    return this.#shortLives === 0;
  }

  /** Whether `Takeover` should examine the broker before the next attempt. */
  get needsExamination(): boolean {
    return this.#silentLives > 0 && this.#silentLives % TROUBLED === 0;
  }

  /** Whether another client may have used our client id meanwhile. */
  get isDoubtful(): boolean {
    return this.#silentLives >= TROUBLED;
  }

  /** Notes that the examination found no other client. */
  examined(): void {
    this.#examined = true;
  }

  /** Whether the connection keeps ending, and examining it once more is useless. */
  get isTroubled(): boolean {
    const max = this.#excused ? EXCUSED : TROUBLED - 1;
    return this.#shortLives > max && !this.needsExamination;
  }

  /** The wait before the next attempt, in ms. @param random Uniform in [0, 1]. */
  nextMs(random: () => number): number {
    if (this.#refusals > 0) {
      return Math.min(REFUSED.maxMs, REFUSED.minMs * 2 ** Math.min(this.#refusals - 1, 30));
    }
    if (this.#examined && this.#silentLives > 0 && !this.needsExamination) return TROUBLED_MS;
    // Well below a short life until it is examined: another client with our id waits as long, and
    // must come in time to disconnect us.
    const min = Math.min(this.#silentLives, 1);
    const accidents = this.#excused || min > 0 ? EXCUSED : 0;
    const patience = Math.max(min, this.#shortLives - accidents);
    const near = this.#away && this.#shortLives === 0 && this.#maxMs !== undefined;
    return backoff(this.#failures + patience, random, near ? { maxMs: this.#maxMs! } : {});
  }
}
