/** Many messages packed: one byte buffer and flat arrays, no object per message. */

import { ByteBuffer } from "./byte_buffer.ts";
import type { Message, QoS } from "./message.ts";

/** Numbers kept per message in `index`: end of the topic, end of the payload, flags. */
const STRIDE = 3;
const RETAIN = 4;
const DUP = 8;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Messages in order of arrival. Topic and payload bytes of message `i` lie one after the other in
 * `data`: topic in `[topicStart(i), topicEnd(i))`, payload in `[topicEnd(i), payloadEnd(i))`.
 */
export class Batch {
  readonly data: ByteBuffer;
  #index = new Int32Array(256 * STRIDE);
  #times = new Float64Array(256);
  #count = 0;
  /** JSON texts of properties, one behind the other; of no message unless `describe` is called. */
  readonly properties = new ByteBuffer(0);
  #propertiesEnds: number[] = [];

  constructor(capacity = 64 * 1024) {
    this.data = new ByteBuffer(capacity);
  }

  /** Number of messages. */
  get count(): number {
    return this.#count;
  }

  /** Topic, payload and properties bytes held. */
  get byteLength(): number {
    return this.data.length + this.properties.length;
  }

  /**
   * Packs one message whose parts lie in `source`; both are copied.
   *
   * @param time Milliseconds since the epoch.
   */
  push(
    time: number,
    source: Uint8Array,
    topicStart: number,
    topicEnd: number,
    payloadStart: number,
    payloadEnd: number,
    qos: QoS,
    retain: boolean,
    dup: boolean,
  ): void {
    const i = this.#count;
    if (i === this.#times.length) this.#grow();
    this.data.append(source, topicStart, topicEnd);
    this.#index[i * STRIDE] = this.data.length;
    this.data.append(source, payloadStart, payloadEnd);
    this.#index[i * STRIDE + 1] = this.data.length;
    this.#index[i * STRIDE + 2] = qos | (retain ? RETAIN : 0) | (dup ? DUP : 0);
    this.#times[i] = time;
    this.#count++;
  }

  /** Gives the message packed last its properties, a JSON text; apart from `push`, which is hot. */
  describe(source: Uint8Array, start = 0, end = source.length): void {
    const ends = this.#propertiesEnds;
    while (ends.length < this.#count - 1) ends.push(this.properties.length);
    this.properties.append(source, start, end);
    ends.push(this.properties.length);
  }

  /** Packs a `Message`. For the edges: simulator, replay, tests. */
  add(message: Message): void {
    const topic = encoder.encode(message.topic);
    const { payload } = message;
    const both = new Uint8Array(topic.length + payload.length);
    both.set(topic);
    both.set(payload, topic.length);
    this.push(
      message.time,
      both,
      0,
      topic.length,
      topic.length,
      both.length,
      message.qos,
      message.retain,
      message.dup,
    );
    if (message.propertiesText !== undefined) this.describe(encoder.encode(message.propertiesText));
  }

  topicStart(i: number): number {
    return i === 0 ? 0 : this.#index[(i - 1) * STRIDE + 1]!;
  }

  topicEnd(i: number): number {
    return this.#index[i * STRIDE]!;
  }

  payloadEnd(i: number): number {
    return this.#index[i * STRIDE + 1]!;
  }

  /** Where the properties of message `i` begin in `properties`; none: where they end. */
  propertiesStart(i: number): number {
    return i === 0 ? 0 : this.propertiesEnd(i - 1);
  }

  propertiesEnd(i: number): number {
    return this.#propertiesEnds[i] ?? this.properties.length;
  }

  /** Milliseconds since the epoch. */
  time(i: number): number {
    return this.#times[i]!;
  }

  /** `qos | retain << 2 | dup << 3`: 0 to 15, an index into precomputed row ends. */
  flags(i: number): number {
    return this.#index[i * STRIDE + 2]!;
  }

  /**
   * Message `i` read back as an object, its payload copied out.
   *
   * @throws {RangeError} There is no message `i`.
   */
  at(i: number): Message {
    if (i < 0 || i >= this.#count) {
      throw new RangeError(`Cannot read message ${i}: the batch holds ${this.#count}`);
    }
    const { bytes } = this.data;
    const flags = this.flags(i);
    const described = this.properties.bytes.subarray(
      this.propertiesStart(i),
      this.propertiesEnd(i),
    );
    return {
      time: this.time(i),
      topic: decoder.decode(bytes.subarray(this.topicStart(i), this.topicEnd(i))),
      payload: bytes.slice(this.topicEnd(i), this.payloadEnd(i)),
      qos: (flags & 3) as QoS,
      retain: (flags & RETAIN) !== 0,
      dup: (flags & DUP) !== 0,
      ...(described.length > 0 ? { propertiesText: decoder.decode(described) } : {}),
    };
  }

  /** The messages as objects. */
  *[Symbol.iterator](): Generator<Message> {
    for (let i = 0; i < this.#count; i++) yield this.at(i);
  }

  /** Forgets the messages and keeps the memory for the next ones. */
  clear(): void {
    this.data.clear();
    this.properties.clear();
    this.#propertiesEnds.length = 0;
    this.#count = 0;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
    const index = new Int32Array(this.#index.length * 2);
    index.set(this.#index);
    this.#index = index;
  }
}
