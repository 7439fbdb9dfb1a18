/** Writes PUBLISH and PUBREL straight into the send buffer. */

import type { ByteBuffer } from "../../message/byte_buffer.ts";
import type { Message } from "../../message/message.ts";

/** Maximum of a packet's fixed header: its first byte and its length. */
const HEADER_BYTES = 5;
const PUBREL_BYTE = 0x62;

const encoder = new TextEncoder();

export interface PublishOptions {
  /** MQTT protocol level: 4 is 3.1.1, 5 has properties. */
  readonly version: 4 | 5;
  /** Packet identifier; ignored at QoS 0. */
  readonly id: number;
  /** Whether it may have been sent before. */
  readonly dup: boolean;
  /** Maximum Packet Size of the broker, in bytes. */
  readonly maximumBytes: number;
}

/**
 * Appends a PUBLISH without properties [MQTT-3.3].
 *
 * @returns False, without appending, if the packet is too large.
 */
export function writePublish(
  out: ByteBuffer,
  { topic, payload, qos, retain }: Message,
  { version, id, dup, maximumBytes }: PublishOptions,
): boolean {
  // Nearly all topics are ASCII: one byte for each character, without an allocation.
  const name = isAscii(topic) ? undefined : encoder.encode(topic);
  const nameLength = (name ?? topic).length;
  const size = 2 + nameLength + (qos > 0 ? 2 : 0) + (version === 5 ? 1 : 0) + payload.length;
  if (1 + lengthBytes(size) + size > maximumBytes) return false;
  out.reserve(HEADER_BYTES + size);
  const { bytes } = out;
  let at = out.length;
  bytes[at++] = 0x30 | qos << 1 | (retain ? 1 : 0) | (dup ? 8 : 0);
  let remainder = size;
  for (; remainder > 127; remainder >>>= 7) bytes[at++] = remainder & 127 | 128;
  bytes[at++] = remainder;
  bytes[at++] = nameLength >> 8;
  bytes[at++] = nameLength;
  if (name === undefined) {
    for (let i = 0; i < nameLength; i++) bytes[at++] = topic.charCodeAt(i);
  } else {
    bytes.set(name, at);
    at += nameLength;
  }
  if (qos > 0) {
    bytes[at++] = id >> 8;
    bytes[at++] = id;
  }
  if (version === 5) bytes[at++] = 0;
  out.length = at;
  out.append(payload);
  return true;
}

/** Appends a PUBREL [MQTT-3.6]. */
export function writePubrel(out: ByteBuffer, id: number): void {
  for (const byte of [PUBREL_BYTE, 2, id >> 8, id & 255]) out.push(byte);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Bytes that a packet's length takes [MQTT-2.1.4]. */
export function lengthBytes(size: number): number {
  return size < 128 ? 1 : size < 16_384 ? 2 : size < 2_097_152 ? 3 : 4;
}
