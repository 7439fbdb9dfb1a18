/** A message in the built-in broker: read from a PUBLISH once, written for each receiver. */

import type { ByteBuffer } from "../message/byte_buffer.ts";
import type { QoS } from "../message/message.ts";
import { lengthBytes } from "../mqtt/packets/publish_packet.ts";
import { MALFORMED, Refusal } from "./reason_codes.ts";
import { type PacketSpan, publishSpan, readPublish } from "../mqtt/packets/packet_reader.ts";

/** Most bytes of a fixed header. */
const HEADER_BYTES = 5;
/** What a stored message takes beside its bytes, roughly. */
const OVERHEAD_BYTES = 200;
const MESSAGE_EXPIRY = 0x02, SUBSCRIPTION_ID = 0x0b, USER_PROPERTY = 0x26;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How one receiver gets a message. */
export interface PublishForm {
  /** MQTT protocol level: 4 is 3.1.1, 5 has properties. */
  readonly version: 4 | 5;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Packet identifier; unused at QoS 0. */
  readonly id: number;
  /** Of the subscriptions that the message matches [MQTT-3.3.4-3]. */
  readonly subscriptionIds: readonly number[];
  /** Longest packet that the receiver takes, in bytes. */
  readonly maximumBytes: number;
  /** Monotonic time, in ms. */
  readonly now: number;
}

/** What a PUBLISH says of one delivery of its message. */
export interface Received {
  readonly message: StoredMessage;
  /** Packet identifier; 0 at QoS 0. */
  readonly id: number;
}

export class StoredMessage {
  /** Topic, properties without their length, payload: one after the other. */
  readonly #bytes: Uint8Array;
  readonly #topicEnd: number;
  readonly #propertiesEnd: number;
  /** Where the four bytes of the message expiry interval are; 0: it never expires. */
  readonly #expiryAt: number;
  readonly #receivedMs: number;
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;

  private constructor(
    parts: readonly [topic: Uint8Array, properties: Uint8Array, payload: Uint8Array],
    { qos, retain }: { readonly qos: QoS; readonly retain: boolean },
    receivedMs: number,
  ) {
    const [topic, properties, payload] = parts;
    this.#topicEnd = topic.length;
    this.#propertiesEnd = topic.length + properties.length;
    this.#bytes = new Uint8Array(this.#propertiesEnd + payload.length);
    this.#bytes.set(topic);
    this.#bytes.set(properties, this.#topicEnd);
    this.#bytes.set(payload, this.#propertiesEnd);
    this.#expiryAt = findExpiry(this.#bytes, this.#topicEnd, this.#propertiesEnd);
    this.#receivedMs = receivedMs;
    this.topic = decoder.decode(topic);
    this.qos = qos;
    this.retain = retain;
  }

  /**
   * Copies the message out of a PUBLISH.
   *
   * @param now Monotonic time, in ms.
   * @throws {MalformedPacketError} It breaks a rule of the standard. {Refusal} The same.
   */
  static read(bytes: Uint8Array, packet: PacketSpan, version: 4 | 5, now: number): Received {
    const breach = readPublish(bytes, packet, version, SPAN);
    if (breach !== undefined) throw new Refusal(MALFORMED);
    const { topicStart, topicEnd, payloadStart, payloadEnd, qos, id } = SPAN;
    let properties = topicEnd + (qos > 0 ? 2 : 0);
    if (version === 5) { while (bytes[properties++]! >= 0x80); }
    const parts = [
      bytes.subarray(topicStart, topicEnd),
      bytes.subarray(properties, payloadStart),
      bytes.subarray(payloadStart, payloadEnd),
    ] as const;
    return { message: new StoredMessage(parts, SPAN, now), id };
  }

  /** Memory that it takes, in bytes. */
  get size(): number {
    return this.#bytes.length + OVERHEAD_BYTES;
  }

  get hasPayload(): boolean {
    return this.#bytes.length > this.#propertiesEnd;
  }

  /** Whether its message expiry interval has passed [MQTT-3.3.2-5]. */
  isExpired(now: number): boolean {
    return this.#expiryAt > 0 && now >= this.#receivedMs + 1000 * this.#expiry;
  }

  /** Appends a PUBLISH; whether it did: not where it is longer than the receiver takes. */
  writeTo(out: ByteBuffer, form: PublishForm): boolean {
    const { version, qos, retain, dup, id, subscriptionIds, maximumBytes, now } = form;
    const topicEnd = this.#topicEnd, propertiesEnd = this.#propertiesEnd;
    const ids = subscriptionIds.reduce((sum, each) => sum + 1 + lengthBytes(each), 0);
    const properties = propertiesEnd - topicEnd + ids;
    const size = 2 + topicEnd + (qos > 0 ? 2 : 0) + this.#bytes.length - propertiesEnd +
      (version === 5 ? lengthBytes(properties) + properties : 0);
    if (1 + lengthBytes(size) + size > maximumBytes) return false;
    out.reserve(HEADER_BYTES + size);
    out.push(0x30 | qos << 1 | (retain ? 1 : 0) | (dup ? 8 : 0));
    pushVarInt(out, size);
    out.push(topicEnd >> 8);
    out.push(topicEnd & 255);
    out.append(this.#bytes, 0, topicEnd);
    if (qos > 0) {
      out.push(id >> 8);
      out.push(id & 255);
    }
    if (version === 5) {
      pushVarInt(out, properties);
      const at = out.length - topicEnd;
      out.append(this.#bytes, topicEnd, propertiesEnd);
      if (this.#expiryAt > 0) {
        // The receiver gets what is left of it [MQTT-3.3.2-6].
        const waited = Math.floor((now - this.#receivedMs) / 1000);
        const left = Math.max(0, this.#expiry - waited);
        new DataView(out.bytes.buffer).setUint32(at + this.#expiryAt, left);
      }
      for (const each of subscriptionIds) {
        out.push(SUBSCRIPTION_ID);
        pushVarInt(out, each);
      }
    }
    out.append(this.#bytes, propertiesEnd);
    return true;
  }

  get #expiry(): number {
    return new DataView(this.#bytes.buffer).getUint32(this.#expiryAt);
  }
}

const SPAN = publishSpan();

/** Appends a variable byte integer [MQTT-1.5.5]. */
function pushVarInt(out: ByteBuffer, value: number): void {
  for (; value > 127; value >>>= 7) out.push(value & 127 | 128);
  out.push(value);
}

/**
 * Where the message expiry interval is in properties that `readPublish` accepted; 0: nowhere.
 *
 * @throws {Refusal} A client may not send one of them [MQTT-3.3.4-6].
 */
function findExpiry(bytes: Uint8Array, at: number, end: number): number {
  let found = 0;
  while (at < end) {
    const property = bytes[at++]!;
    if (property === SUBSCRIPTION_ID) throw new Refusal(MALFORMED);
    if (property === MESSAGE_EXPIRY) {
      found = at;
      at += 4;
    } else if (property < MESSAGE_EXPIRY) at++;
    else {
      for (let texts = property === USER_PROPERTY ? 2 : 1; texts > 0; texts--) {
        at += 2 + (bytes[at]! << 8 | bytes[at + 1]!);
      }
    }
  }
  return found;
}
