/** Many messages packed: one byte buffer and flat arrays, no object per message. */

import { ByteBuffer } from "./byte_buffer.ts";
import { byteClassesOf } from "./byte_classes.ts";
import type { Message, QoS } from "./message.ts";

/**
 * Numbers kept per message in `index`: end of the topic, end of the payload, flags and byte
 * classes.
 */
const STRIDE = 3;
const RETAIN = 4, DUP = 8, FLAGS = 15;
/** Shifts of the byte classes of topic and payload, above the flags. */
const TOPIC_CLASSES = 4, PAYLOAD_CLASSES = 11, CLASSES_MASK = 127;

const NOTHING: Uint8Array = new Uint8Array();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Where the parts of one message lie, and its flags. */
export interface MessageParts {
  topicStart: number;
  topicEnd: number;
  /** Byte classes of the topic, see `byteClassesOf`. */
  topicClasses: number;
  payloadStart: number;
  payloadEnd: number;
  qos: QoS;
  retain: boolean;
  dup: boolean;
}

/**
 * Messages in order of arrival. Topic and payload bytes of message `i` lie one after the other in
 * `data`: topic in `[topicStart(i), topicEnd(i))`, payload in `[topicEnd(i), payloadEnd(i))`.
 */
export class Batch {
  readonly data: ByteBuffer;
  #index = new Int32Array(256 * STRIDE);
  #times = new Float64Array(256);
  #count = 0;
  #qos = 0;
  /** JSON texts of properties, one after the other; empty until `addProperties` is called. */
  readonly properties = new ByteBuffer(0);
  #propertiesEnds: number[] = [];
  /** The source of the last message and a view of it, kept because sources seldom change. */
  #source = NOTHING;
  #sourceView = new DataView(NOTHING.buffer);

  constructor(capacity = 64 * 1024) {
    this.data = new ByteBuffer(capacity);
  }

  /** Number of messages. */
  get count(): number {
    return this.#count;
  }

  /** Whether any message has QoS 1 or 2, and so awaits an acknowledgement. */
  get acknowledged(): boolean {
    return this.#qos > 0;
  }

  /** Topic, payload and properties bytes held. */
  get byteLength(): number {
    return this.data.length + this.properties.length;
  }

  /**
   * Packs one message whose parts lie in `source`; topic and payload are copied.
   *
   * @param time Milliseconds since the epoch.
   */
  push(time: number, source: Uint8Array, parts: MessageParts): void {
    const { topicStart, topicEnd, payloadStart, payloadEnd, qos } = parts;
    const i = this.#count;
    if (i === this.#times.length) this.#grow();
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceView = new DataView(source.buffer, source.byteOffset, source.byteLength);
    }
    const { data } = this, index = this.#index, at = i * STRIDE;
    data.appendPadded(source, this.#sourceView, topicStart, topicEnd);
    index[at] = data.length;
    data.appendPadded(source, this.#sourceView, payloadStart, payloadEnd);
    index[at + 1] = data.length;
    index[at + 2] = qos | (parts.retain ? RETAIN : 0) | (parts.dup ? DUP : 0) |
      parts.topicClasses << TOPIC_CLASSES |
      byteClassesOf(source, payloadStart, payloadEnd) << PAYLOAD_CLASSES;
    this.#qos |= qos;
    this.#times[i] = time;
    this.#count++;
  }

  /**
   * Raises the QoS of message `i` if it is in this batch, for a copy that came with a higher one.
   */
  raiseQos(i: number, qos: QoS): void {
    if (i < 0 || i >= this.#count) return;
    const at = i * STRIDE + 2, flags = this.#index[at]!;
    this.#index[at] = flags & ~3 | Math.max(flags & 3, qos);
    this.#qos |= qos;
  }

  /**
   * Adds properties, a JSON text, to the last message. Separate from `push`, which is a hot path.
   */
  addProperties(source: Uint8Array, start = 0, end = source.length): void {
    const ends = this.#propertiesEnds;
    while (ends.length < this.#count - 1) ends.push(this.properties.length);
    this.properties.append(source, start, end);
    ends.push(this.properties.length);
  }

  /** Packs a `Message`: for the simulator and tests, not for the hot path. */
  add(message: Message): void {
    const topic = encoder.encode(message.topic);
    const { payload } = message;
    const both = new Uint8Array(topic.length + payload.length);
    both.set(topic);
    both.set(payload, topic.length);
    this.push(message.time, both, {
      topicStart: 0,
      topicEnd: topic.length,
      topicClasses: byteClassesOf(both, 0, topic.length),
      payloadStart: topic.length,
      payloadEnd: both.length,
      qos: message.qos,
      retain: message.retain,
      dup: message.dup,
    });
    if (message.propertiesText !== undefined) {
      this.addProperties(encoder.encode(message.propertiesText));
    }
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

  /**
   * Offset in `properties` where those of message `i` begin; equal to their end if it has none.
   */
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
    return this.#index[i * STRIDE + 2]! & FLAGS;
  }

  /** Byte classes of its topic, see `byteClassesOf`. */
  topicClasses(i: number): number {
    return this.#index[i * STRIDE + 2]! >> TOPIC_CLASSES & CLASSES_MASK;
  }

  /** Byte classes of its payload. */
  payloadClasses(i: number): number {
    return this.#index[i * STRIDE + 2]! >> PAYLOAD_CLASSES;
  }

  /**
   * Message `i` as an object with a copy of its payload.
   *
   * @throws {RangeError} There is no message `i`.
   */
  at(i: number): Message {
    if (i < 0 || i >= this.#count) {
      throw new RangeError(`Cannot read message ${i}: the batch holds ${this.#count}`);
    }
    const { bytes } = this.data;
    const flags = this.flags(i);
    const propertiesBytes = this.properties.bytes.subarray(
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
      ...(propertiesBytes.length > 0 ? { propertiesText: decoder.decode(propertiesBytes) } : {}),
    };
  }

  /** The messages as objects. */
  *[Symbol.iterator](): Generator<Message> {
    for (let i = 0; i < this.#count; i++) yield this.at(i);
  }

  /** Forgets the messages and keeps the memory for the next ones. */
  clear(): void {
    // Drop the reference: it would keep a giant receive buffer in memory.
    this.#source = NOTHING;
    this.data.clear();
    this.properties.clear();
    this.#propertiesEnds.length = 0;
    this.#count = 0;
    this.#qos = 0;
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
