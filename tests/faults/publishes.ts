/** PUBLISH packets made in advance, so that a broker can send them at full speed. */

import { ByteBuffer } from "../../lib/message/byte_buffer.ts";
import type { QoS } from "../../lib/message/message.ts";

/** One message to send. */
export interface Outgoing {
  readonly topic: string | Uint8Array;
  readonly payload: string | Uint8Array;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly dup?: boolean;
  /** MQTT 5 properties, encoded, without their length. */
  readonly properties?: readonly number[];
}

const encoder = new TextEncoder();
const asBytes = (value: string | Uint8Array) =>
  typeof value === "string" ? encoder.encode(value) : value;

/** Largest packet identifier [MQTT-2.2.1]. */
const MAX_ID = 65_535;

/** A variable byte integer [MQTT-1.5.5]. */
export function variable(value: number): number[] {
  return value < 128 ? [value] : [value & 127 | 128, ...variable(value >>> 7)];
}

/**
 * Consecutive PUBLISH packets in one buffer. Identifiers cycle from 1 to 65,535: a smaller window
 * frees them in time, because acknowledgements come in order.
 */
export class Publishes {
  readonly #out: ByteBuffer;
  /** End of each packet in `bytes`; grown by doubling. */
  #ends = new Float64Array(1024);
  /** QoS and identifier of each packet: `qos << 16 | id`. */
  #marks = new Int32Array(1024);
  #nextId: number;
  readonly #version: 4 | 5;
  count = 0;

  constructor(version: 4 | 5 = 5, firstId = 1) {
    this.#version = version;
    this.#nextId = firstId;
    this.#out = new ByteBuffer();
  }

  /** The identifier of the next message of QoS 1 or 2. */
  get nextId(): number {
    return this.#nextId;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#out.view();
  }

  add({ topic, payload, qos = 0, retain = false, dup = false, properties = [] }: Outgoing): this {
    const name = asBytes(topic);
    const body = asBytes(payload);
    const extra = this.#version === 5 ? [...variable(properties.length), ...properties] : [];
    const size = 2 + name.length + (qos > 0 ? 2 : 0) + extra.length + body.length;
    const out = this.#out;
    out.reserve(5 + size);
    out.push(0x30 | qos << 1 | (retain ? 1 : 0) | (dup ? 8 : 0));
    for (const byte of variable(size)) out.push(byte);
    out.push(name.length >> 8);
    out.push(name.length & 255);
    out.append(name);
    const id = qos > 0 ? this.#nextId : 0;
    if (qos > 0) {
      out.push(id >> 8);
      out.push(id & 255);
      this.#nextId = id % MAX_ID + 1;
    }
    for (const byte of extra) out.push(byte);
    out.append(body);
    if (this.count === this.#marks.length) this.#grow();
    this.#ends[this.count] = out.length;
    this.#marks[this.count++] = qos << 16 | id;
    return this;
  }

  /** Offset of packet `i`. */
  start(i: number): number {
    return i === 0 ? 0 : this.#ends[i - 1]!;
  }

  qos(i: number): number {
    return this.#marks[i]! >> 16;
  }

  id(i: number): number {
    return this.#marks[i]! & 0xffff;
  }

  #grow(): void {
    const ends = new Float64Array(this.#ends.length * 2);
    ends.set(this.#ends);
    this.#ends = ends;
    const marks = new Int32Array(this.#marks.length * 2);
    marks.set(this.#marks);
    this.#marks = marks;
  }
}

/** Packets of `messages`, `perBlock` at a time, in bounded memory. */
export function* publishesOf(
  messages: Iterable<Outgoing>,
  version: 4 | 5 = 5,
  perBlock = 4096,
): Generator<Publishes, void, unknown> {
  let block = new Publishes(version);
  for (const message of messages) {
    block.add(message);
    if (block.count < perBlock) continue;
    yield block;
    block = new Publishes(version, block.nextId);
  }
  if (block.count > 0) yield block;
}
