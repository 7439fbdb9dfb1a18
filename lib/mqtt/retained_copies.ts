/** Recognises retained messages that a new subscription brings again. */

import { matches } from "../message/topic.ts";
import type { PublishSpan } from "./packets/packet_reader.ts";

/** Slots of the table at first and at most, powers of two. */
const FIRST_SLOTS = 1 << 10, MAX_SLOTS = 1 << 19;
/** Bytes of a slot: three hashes and a count; at most 6.8 MB for 459,000 topics. */
const SLOT_BYTES = 13;
/** Beyond this load the table grows, or accepts no more topics. */
const MAX_LOAD = 7 / 8;

type Parts = Pick<
  PublishSpan,
  "topicStart" | "topicEnd" | "payloadStart" | "payloadEnd" | "qos" | "dup"
>;

/**
 * Hashes, with a seed of this run, of the last retained message recorded for each topic. MQTT 3.1.1
 * sends retained messages with every SUBSCRIBE [MQTT-3.8.4-3], and every broker does so when it has
 * lost the session.
 */
export class RetainedCopies {
  readonly #filters: readonly string[];
  readonly #maxSlots: number;
  readonly #seed = crypto.getRandomValues(new Uint32Array(2));
  readonly #decoder = new TextDecoder();
  #topics = new Uint32Array(FIRST_SLOTS);
  /** 64 bits of topic, payload and QoS; `low` is 0 in a free slot. */
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  /** Copies left out since the last SUBSCRIBE. */
  #copies = new Uint8Array(FIRST_SLOTS);
  #again = false;

  /** Topics remembered; topics beyond the bound are recorded again after a reconnect. */
  count = 0;

  /** @param filters The topic filters subscribed to. */
  constructor(filters: readonly string[], maxSlots = MAX_SLOTS) {
    this.#filters = filters;
    this.#maxSlots = maxSlots;
  }

  /** Memory of the table, in bytes. */
  get byteLength(): number {
    return this.#topics.length * SLOT_BYTES;
  }

  /** Call it before a SUBSCRIBE: retained messages may come again. */
  subscribing(): void {
    this.#again = this.count > 0;
    this.#copies.fill(0);
  }

  /**
   * Whether a retained message is a copy of the last one recorded of its topic. If not, remembers
   * it: the caller makes it a row.
   */
  isCopy(bytes: Uint8Array, parts: Parts): boolean {
    const { topicStart, topicEnd, payloadStart, payloadEnd, qos, dup } = parts;
    const hash = new Hash(this.#seed);
    hash.add(bytes, topicStart, topicEnd);
    const topic = hash.high();
    hash.add(bytes, payloadStart, payloadEnd);
    const high = hash.high(qos), low = hash.low(qos) || 1;
    const slot = this.#find(topic);
    if (this.#low[slot] !== low || this.#high[slot] !== high) {
      this.#remember(slot, topic, high, low);
      return false;
    }
    if (!this.#again) return false;
    // The broker repeats a message that it has no acknowledgement for.
    if (dup) return true;
    // A broker may wrongly mark live messages as retained: at most one copy per filter is left out.
    const copies = this.#copies[slot]!;
    if (copies > 0 && copies >= this.#maxCopies(bytes.subarray(topicStart, topicEnd))) {
      return false;
    }
    this.#copies[slot] = copies + 1;
    return true;
  }

  /** Copies that SUBSCRIBE may bring: one for each matching subscription [MQTT-3.3.4]. */
  #maxCopies(topic: Uint8Array): number {
    const name = this.#decoder.decode(topic);
    return Math.min(255, this.#filters.filter((filter) => matches(filter, name)).length);
  }

  /** The slot of a topic, or the free one for it. */
  #find(topic: number): number {
    const mask = this.#topics.length - 1;
    let slot = topic & mask;
    while (this.#low[slot] !== 0 && this.#topics[slot] !== topic) slot = slot + 1 & mask;
    return slot;
  }

  #remember(slot: number, topic: number, high: number, low: number): void {
    if (this.#low[slot] === 0) {
      if (this.count >= this.#topics.length * MAX_LOAD - 1) {
        if (this.#topics.length >= this.#maxSlots) return;
        this.#grow();
        slot = this.#find(topic);
      }
      this.count++;
    }
    this.#put(slot, topic, high, low);
  }

  #put(slot: number, topic: number, high: number, low: number): void {
    this.#topics[slot] = topic;
    this.#high[slot] = high;
    this.#low[slot] = low;
  }

  #grow(): void {
    const topics = this.#topics, highs = this.#high, lows = this.#low, copies = this.#copies;
    const slots = topics.length * 2;
    this.#topics = new Uint32Array(slots);
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#copies = new Uint8Array(slots);
    for (let i = 0; i < topics.length; i++) {
      if (lows[i] === 0) continue;
      const slot = this.#find(topics[i]!);
      this.#put(slot, topics[i]!, highs[i]!, lows[i]!);
      this.#copies[slot] = copies[i]!;
    }
  }
}

/** cyrb53 of bryc (public domain): two lanes, each made to depend on both at the end. */
class Hash {
  #a: number;
  #b: number;

  constructor(seed: Uint32Array) {
    this.#a = seed[0]! ^ 0xdeadbeef;
    this.#b = seed[1]! ^ 0x41c6ce57;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    let a = this.#a, b = this.#b;
    for (let i = start; i < end; i++) {
      a = Math.imul(a ^ bytes[i]!, 2654435761);
      b = Math.imul(b ^ bytes[i]!, 1597334677);
    }
    this.#a = a;
    this.#b = b;
  }

  high(more = 0): number {
    return mix(this.#a + more | 0, this.#b);
  }

  low(more = 0): number {
    return mix(this.#b + more | 0, this.#a);
  }
}

function mix(a: number, b: number): number {
  const mixed = Math.imul(a ^ a >>> 16, 2246822507);
  return (mixed ^ Math.imul(b ^ b >>> 13, 3266489909)) >>> 0;
}
