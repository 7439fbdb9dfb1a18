/** The topics seen lately: last value, time, count and rate of each, in bounded time and memory. */

import type { Batch } from "../message/batch.ts";
import type { Clock } from "../system/clock.ts";
import { TopicEntry } from "./topic_entry.ts";

/** Topics kept; the one silent for longest makes room for a new one. */
const MAX_TOPICS = 10_000;
/** What a look at a message costs beside the bytes that are read of it. */
const LOOK_COST = 128;
/** Bytes of a payload that are kept. */
const MAX_VALUE = 256;
/**
 * Costs spent in a millisecond: some 1,000 messages a second of 32 bytes, and 8,000 while the table
 * is shown. At higher rates a part of each batch is looked at.
 */
const PER_MS = { hidden: 200, shown: 1_600 };
/** Unspent costs are kept for this long, for bursts. */
const SAVED_MS = 1_000;

export class TopicTable {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  readonly #maxTopics: number;
  /** Entries by the hash of their topic: a topic of 64 KB takes no more memory than a short one. */
  readonly #entries = new Map<number, TopicEntry>();
  /** Seeds, so that nobody can choose topics with the same hash. */
  readonly #seeds = crypto.getRandomValues(new Int32Array(2));
  /** The ends of the list of entries in order of their last message. */
  #newest: TopicEntry | undefined;
  #oldest: TopicEntry | undefined;
  #budget: number;
  #budgetAt: number;

  /** Whether the table is on the screen, and may look at more messages. */
  shown = false;
  /** Whether topics were forgotten to make room. */
  forgot = false;
  /** Whether counts and rates are estimates, as not every message was looked at. */
  sampled = false;

  constructor(clock: Pick<Clock, "now" | "monotonic">, maxTopics = MAX_TOPICS) {
    this.#clock = clock;
    this.#maxTopics = maxTopics;
    this.#budgetAt = clock.monotonic();
    this.#budget = PER_MS.hidden * SAVED_MS;
  }

  /** Number of topics kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** The present time on the clock of the messages, ms since the epoch. */
  get now(): number {
    return this.#clock.now();
  }

  /** Looks at the messages of a batch, or at some of them if there are too many. */
  take(batch: Batch): void {
    const { count } = batch;
    const now = this.#clock.monotonic();
    const perMs = this.shown ? PER_MS.shown : PER_MS.hidden;
    const earned = (now - this.#budgetAt) * perMs;
    this.#budget = Math.min(this.#budget + earned, perMs * SAVED_MS);
    this.#budgetAt = now;
    if (this.#budget < LOOK_COST || count === 0) {
      this.sampled ||= count > 0;
      return;
    }
    const cost = LOOK_COST * count + Math.min(batch.byteLength, count * (MAX_VALUE + 64));
    const looks = Math.max(1, Math.min(count, Math.floor(count * this.#budget / cost)));
    const stride = count / looks;
    if (looks < count) this.sampled = true;
    // The last message of the batch is among them.
    for (let k = 1; k <= looks; k++) {
      // Rounding may lead beyond the last one.
      this.#look(batch, Math.min(Math.ceil(k * stride), count) - 1, stride);
    }
  }

  /** The entries from the newest on. */
  *entries(): Generator<TopicEntry> {
    for (let entry = this.#newest; entry !== undefined; entry = entry.older) yield entry;
  }

  /** The topic with the highest rate, and the one silent for longest; looks at all topics. */
  extremes(): { readonly busiest: TopicEntry; readonly silent: TopicEntry } | undefined {
    if (this.#newest === undefined) return undefined;
    let busiest = this.#newest;
    const now = this.now;
    const rank = (entry: TopicEntry) => (entry.rate(now) ?? 0) * 1e9 + entry.count;
    for (const entry of this.entries()) if (rank(entry) > rank(busiest)) busiest = entry;
    return { busiest, silent: this.#oldest! };
  }

  #look(batch: Batch, i: number, weight: number): void {
    const { bytes } = batch.data;
    const start = batch.topicStart(i), topicEnd = batch.topicEnd(i), end = batch.payloadEnd(i);
    this.#budget -= LOOK_COST + (topicEnd - start) + Math.min(end - topicEnd, MAX_VALUE);
    const hash = this.#hash(bytes, start, topicEnd);
    let entry = this.#entries.get(hash);
    if (entry === undefined) {
      if (this.#entries.size >= this.#maxTopics) this.#forgetOldest();
      entry = new TopicEntry(hash, bytes.subarray(start, topicEnd), batch.time(i));
      this.#entries.set(hash, entry);
    } else this.#unlink(entry);
    this.#linkNewest(entry);
    const value = bytes.slice(topicEnd, Math.min(end, topicEnd + MAX_VALUE));
    entry.received(batch.time(i), value, end - topicEnd, weight);
  }

  /** 53 bits, of two hashes after FNV-1a. */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    let a = this.#seeds[0]!, b = this.#seeds[1]!;
    for (let i = start; i < end; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x01000193);
      b = Math.imul(b ^ bytes[i]!, 0x5bd1e995);
      b ^= b >>> 15;
    }
    return (a >>> 0) * 2 ** 21 + (b >>> 11);
  }

  #forgetOldest(): void {
    const oldest = this.#oldest!;
    this.#unlink(oldest);
    this.#entries.delete(oldest.hash);
    this.forgot = true;
  }

  #linkNewest(entry: TopicEntry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlink(entry: TopicEntry): void {
    const { newer, older } = entry;
    if (newer) newer.older = older;
    else this.#newest = older;
    if (older) older.newer = newer;
    else this.#oldest = newer;
  }
}
