/** Counts messages by topic from the bytes of a batch, in bounded memory. */

import type { Batch } from "../message/batch.ts";

/** Upper bounds of distinct topics and of the bytes of their names. */
const MAX_TOPICS = 100_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** A topic and its number of messages. */
export interface TopicCount {
  readonly topic: string;
  readonly count: number;
}

interface Entry {
  readonly name: Uint8Array;
  count: number;
  /** The next one with the same hash. */
  readonly next: Entry | undefined;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class TopicCounts {
  /** Number of topics counted separately. */
  distinct = 0;
  /** Messages of topics beyond the bounds. */
  others = 0;
  #bytes = 0;
  readonly #maxTopics: number;
  /** Entries by hash: counting allocates no string, and any topic name is safe. */
  readonly #entries = new Map<number, Entry>();

  constructor(maxTopics = MAX_TOPICS) {
    this.#maxTopics = maxTopics;
  }

  /** Counts every message of `batch`. */
  add(batch: Batch): void {
    const { bytes } = batch.data;
    for (let i = 0; i < batch.count; i++) {
      this.#count(bytes, batch.topicStart(i), batch.topicEnd(i));
    }
  }

  #count(bytes: Uint8Array, start: number, end: number): void {
    // FNV-1a, 32 bits.
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const first = this.#entries.get(hash);
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (isAt(entry.name, bytes, start, end)) {
        entry.count++;
        return;
      }
    }
    if (this.distinct === this.#maxTopics || this.#bytes + end - start > MAX_BYTES) {
      this.others++;
      return;
    }
    this.distinct++;
    this.#bytes += end - start;
    this.#entries.set(hash, { name: bytes.slice(start, end), count: 1, next: first });
  }

  /** The `max` topics with most messages; equal ones in order of arrival. */
  top(max: number): TopicCount[] {
    const all: Entry[] = [];
    for (let entry of this.#entries.values()) {
      for (;; entry = entry.next) {
        all.push(entry);
        if (entry.next === undefined) break;
      }
    }
    return all.sort((a, b) => b.count - a.count).slice(0, max)
      .map(({ name, count }) => ({ topic: decoder.decode(name), count }));
  }
}

function isAt(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
