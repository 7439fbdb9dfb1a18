/** Builds MQTT packets of a broker, and a byte stream that delivers them. */

import type { ByteStream } from "../../lib/mqtt/transport/byte_stream.ts";
import type { QoS } from "../../lib/message/message.ts";
import { bytes, concat } from "./arbitrary.ts";

interface PublishOptions {
  readonly topic: string | Uint8Array;
  readonly payload: string | Uint8Array;
  readonly qos?: QoS;
  readonly id?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly version?: 4 | 5;
  /** Bytes of the MQTT 5 properties, without their length. */
  readonly properties?: readonly number[];
}

export function publishPacket(
  { topic, payload, qos = 0, id = 1, retain = false, dup = false, version = 4, properties = [] }:
    PublishOptions,
): Uint8Array<ArrayBuffer> {
  const name = typeof topic === "string" ? bytes(topic) : topic;
  const body = concat(
    Uint8Array.of(name.length >> 8, name.length & 255),
    name,
    Uint8Array.from(qos > 0 ? [id >> 8, id & 255] : []),
    Uint8Array.from(version === 5 ? [...variable(properties.length), ...properties] : []),
    typeof payload === "string" ? bytes(payload) : payload,
  );
  const first = 0x30 | qos << 1 | (retain ? 1 : 0) | (dup ? 8 : 0);
  return concat(Uint8Array.from([first, ...variable(body.length)]), body);
}

/** A variable byte integer [MQTT-1.5.5]. */
export function variable(value: number): number[] {
  return value < 128 ? [value] : [value & 127 | 128, ...variable(value >> 7)];
}

/** CONNACK, accepted, MQTT 3.1.1. */
export function connack(resumed = false): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0x20, 2, resumed ? 1 : 0, 0);
}

/** CONNACK, accepted, MQTT 5. */
export function connack5(resumed = false): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0x20, 3, resumed ? 1 : 0, 0, 0);
}

/** SUBACK with a single code, MQTT 5. */
export function suback5(id: number, code: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0x90, 4, id >> 8, id & 255, 0, code);
}

export function pubrel(id: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0x62, 2, id >> 8, id & 255);
}

/**
 * A connection in memory: `send` delivers bytes of the broker, `written` holds those sent to it.
 */
export class FakeByteStream implements ByteStream {
  readonly written: number[] = [];
  closed = false;
  /** Number of reads begun, which shows whether the other side reads. */
  reads = 0;
  #queue: Uint8Array[] = [];
  #ended = false;
  #waiting = Promise.withResolvers<void>();

  /** Delivers `bytes`, each in one read if it fits. */
  send(...packets: readonly Uint8Array[]): void {
    this.#queue.push(...packets);
    this.#wake();
  }

  /** The broker closes its side. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.reads++;
    while (this.#queue.length === 0) {
      if (this.closed) throw new Deno.errors.BadResource("Bad resource ID");
      if (this.#ended) return null;
      await this.#waiting.promise;
    }
    const chunk = this.#queue.shift()!;
    const count = Math.min(chunk.length, into.length);
    into.set(chunk.subarray(0, count));
    if (count < chunk.length) this.#queue.unshift(chunk.subarray(count));
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await Promise.resolve();
    if (this.closed) throw new Deno.errors.BadResource("Bad resource ID");
    // Write a part only: the caller must continue.
    const count = Math.min(bytes.length, 3);
    this.written.push(...bytes.subarray(0, count));
    return count;
  }

  close(): void {
    this.closed = true;
    this.#wake();
  }

  #wake(): void {
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
  }
}
