/** How long to wait before the next connection, by what became of the last ones. */

import { backoff } from "../system/clock.ts";

/** A connection that ends sooner than this did not last. */
export const SHORT_LIFE_MS = 5_000;
/** As many of those in a row are no accident. */
const TROUBLED = 4;
/** A broker that restarts, or a network, may end as many before that is no accident either. */
const EXCUSED = 6;
/** Between two tries at a broker that keeps closing the connection, and says nothing. */
export const TROUBLED_MS = 30_000;
/** After a refusal of the credentials: brokers lock out who asks too often. */
const REFUSED = { minMs: 2_000, maxMs: 300_000 };

export class ReconnectDelay {
  /** Tries in a row that failed, and how many of the last ones were refused credentials. */
  #failures = 0;
  #refusals = 0;
  /** Connections in a row that did not last, and how many of the last ones ended silently. */
  #shortLives = 0;
  #silentLives = 0;
  #examined = false;
  #excused = false;
  /** Whether nothing but the absence of the broker is in the way. */
  #away = true;
  readonly #maxMs: number | undefined;

  /** @param maxMs Longest wait for a broker that is away. @default {30_000} */
  constructor(maxMs?: number) {
    this.#maxMs = maxMs;
  }

  /**
   * A connection ended.
   *
   * @param silently Without a word of why.
   */
  ended(livedMs: number, silently: boolean): void {
    this.#failures = this.#refusals = 0;
    this.#away = true;
    const short = livedMs < SHORT_LIFE_MS;
    this.#shortLives = short ? this.#shortLives + 1 : 0;
    this.#silentLives = short && silently ? this.#silentLives + 1 : 0;
    if (!short) this.#examined = this.#excused = false;
  }

  /** A try failed: the broker was away, or refused us or our filters. */
  failed(how: "away" | "unwanted" | "unsubscribed"): void {
    this.#failures++;
    this.#away = how === "away";
    this.#refusals = how === "unwanted" ? this.#refusals + 1 : 0;
    this.#silentLives = 0;
    if (how !== "away") return;
    // That explains the end before.
    this.#shortLives = 0;
    this.#examined = this.#excused = false;
  }

  /** What ended the connections met others too: the broker, or the network. */
  excuse(): void {
    this.#silentLives = 0;
    this.#excused = true;
  }

  /** Whether the next end should be compared with that of a connection under another name. */
  get isUneasy(): boolean {
    return this.#silentLives >= TROUBLED / 2 && !this.#examined;
  }

  /** Whether the last connection lasted. */
  get lasted(): boolean {
    return this.#shortLives === 0;
  }

  /** Whether another client may have taken our id: to be looked into before the next try. */
  get isSuspicious(): boolean {
    return this.#silentLives > 0 && this.#silentLives % TROUBLED === 0;
  }

  /** Whether another client may have been there in our name meanwhile. */
  get isDoubtful(): boolean {
    return this.#silentLives >= TROUBLED;
  }

  /** It was looked into, and nobody was found. */
  examined(): void {
    this.#examined = true;
  }

  /** Whether the connection keeps ending, and not for want of a look into why. */
  get isTroubled(): boolean {
    const most = this.#excused ? EXCUSED : TROUBLED - 1;
    return this.#shortLives > most && !this.isSuspicious;
  }

  /** Before the next try, in ms. @param random Uniform in [0, 1]. */
  nextMs(random: () => number): number {
    if (this.#refusals > 0) {
      return Math.min(REFUSED.maxMs, REFUSED.minMs * 2 ** Math.min(this.#refusals - 1, 30));
    }
    if (this.#examined && this.#silentLives > 0 && !this.isSuspicious) return TROUBLED_MS;
    // Well below a short life, until it is looked into: another client with our id waits as long,
    // and must be in time to throw us out.
    const least = Math.min(this.#silentLives, 1);
    const accidents = this.#excused || least > 0 ? EXCUSED : 0;
    const patience = Math.max(least, this.#shortLives - accidents);
    const near = this.#away && this.#shortLives === 0 && this.#maxMs !== undefined;
    return backoff(this.#failures + patience, random, near ? { maxMs: this.#maxMs! } : {});
  }
}
