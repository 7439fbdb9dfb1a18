/** Reads the packets a broker sends, strictly, in one pass, straight from the receive buffer. */

import type { MessageParts } from "../../message/batch.ts";
import { isUtf8 } from "../../message/utf8.ts";
import type { Breach } from "../../message/invalid_message.ts";
import { byteClassesOf, HIGH, NO_TOPIC } from "../../message/byte_classes.ts";
import type { QoS } from "../../message/message.ts";
import { MalformedPacketError, PUBLISH_PROPERTIES, skipProperties } from "./properties.ts";

/** First byte of a PINGREQ, which only clients send. */
const PINGREQ_BYTE = 0xc0;
/** Size of the receive buffer while no packet needs a larger one, in bytes. */
export const READ_BYTES = 256 * 1024;

/** MQTT control packet types that a server may send [MQTT-2.1.2]. */
export const CONNACK = 2, PUBLISH = 3, PUBACK = 4, PUBREC = 5, PUBREL = 6, PUBCOMP = 7, SUBACK = 9;
export const PINGRESP = 13, DISCONNECT = 14;

/** Offsets of a packet in the buffer: header at `start`, body in `[body, end)`. */
export interface PacketSpan {
  type: number;
  flags: number;
  start: number;
  body: number;
  end: number;
}

/** The parts of a PUBLISH packet, as offsets into the buffer. */
export interface PublishSpan extends MessageParts {
  /** Packet identifier, 0 at QoS 0. */
  id: number;
}

/** An empty span for `readPacket`. */
export function packetSpan(): PacketSpan {
  return { type: 0, flags: 0, start: 0, body: 0, end: 0 };
}

/** An empty span for `readPublish`. */
export function publishSpan(): PublishSpan {
  return {
    topicStart: 0,
    topicEnd: 0,
    topicClasses: 0,
    payloadStart: 0,
    payloadEnd: 0,
    qos: 0,
    retain: false,
    dup: false,
    id: 0,
  };
}

/** Rules for the packets that one side sends, by packet type. */
export interface PacketRules {
  /** Required flags [MQTT-2.1.3-1]; -1: never sent; -2: any (PUBLISH). */
  readonly flags: readonly number[];
  /** Minimum length of its body. */
  readonly minimum: readonly number[];
}

const FROM_SERVER: PacketRules = {
  flags: [-1, -1, 0, -2, 0, 0, 2, 0, -1, 0, -1, 0, -1, 0, 0, -1],
  minimum: [0, 0, 2, 3, 2, 2, 2, 2, 0, 3, 0, 2, 0, 0, 0, 0],
};
/** Rules for packets of a client. */
export const FROM_CLIENT: PacketRules = {
  flags: [-1, 0, -1, -2, 0, 0, 2, 0, 2, -1, 2, -1, 0, -1, 0, -1],
  minimum: [0, 12, 0, 3, 2, 2, 2, 2, 5, 0, 4, 0, 0, 0, 0, 0],
};

/**
 * Finds the packet that begins at `at`.
 *
 * @returns 0 if `into` now holds a whole packet, or else the minimum of bytes still missing.
 * @throws {MalformedPacketError} The header cannot begin a packet from that side.
 */
export function readPacket(
  bytes: Uint8Array,
  at: number,
  length: number,
  into: PacketSpan,
  rules = FROM_SERVER,
): number {
  if (length - at < 2) return 2 - (length - at);
  const first = bytes[at]!;
  const type = first >> 4;
  const flags = first & 15;
  const required = rules.flags[type];
  if (required !== -2 && required !== flags) {
    throw new MalformedPacketError("wrong flags");
  }
  let size = 0;
  let shift = 0;
  let pos = at + 1;
  for (;; shift += 7) {
    if (pos >= length) return 1;
    const byte = bytes[pos++]!;
    // Not `* 2 ** shift`: that makes every offset a floating-point number. Reading a message took
    // 124 instead of 80 ns, writing its rows 120 instead of 75 ns (`deno task bench --only
    // throughput`).
    size |= (byte & 127) << shift;
    if (byte < 128) {
      // A length must use as few bytes as possible [MQTT-1.5.5-1].
      if (byte === 0 && shift > 0) throw new MalformedPacketError("overlong length");
      break;
    }
    if (shift === 21) throw new MalformedPacketError("length of more than four bytes");
  }
  if (size < rules.minimum[type]! || type === PINGRESP && size > 0) {
    throw new MalformedPacketError("wrong size");
  }
  into.type = type;
  into.flags = flags;
  into.start = at;
  into.body = pos;
  into.end = pos + size;
  return Math.max(0, into.end - length);
}

/**
 * The rule that a topic name breaks, if any.
 *
 * @param classes The byte classes in it.
 * @throws {MalformedPacketError} It holds NUL [MQTT-1.5.4-2].
 */
function topicBreach(
  bytes: Uint8Array,
  start: number,
  end: number,
  classes: number,
): Breach | undefined {
  const forbidden = (classes & NO_TOPIC) !== 0;
  if (forbidden && bytes.subarray(start, end).includes(0)) {
    throw new MalformedPacketError("NUL in a topic name");
  }
  if ((classes & HIGH) !== 0 && !isUtf8(bytes, start, end)) return "topic not UTF-8";
  return forbidden ? "wildcard in the topic" : undefined;
}

/**
 * Reads the PUBLISH at `packet`.
 *
 * @param version MQTT protocol level: 4 is 3.1.1, 5 has properties.
 * @returns The rule that forbids recording it, if reading can go on with the next packet.
 * @throws {MalformedPacketError} It breaks any other rule of the standard.
 */
export function readPublish(
  bytes: Uint8Array,
  packet: PacketSpan,
  version: 4 | 5,
  into: PublishSpan,
): Breach | undefined {
  const { flags, body, end } = packet;
  const qos = flags >> 1 & 3;
  if (qos === 3) throw new MalformedPacketError("PUBLISH with QoS 3"); // [MQTT-3.3.1-4]
  const topicStart = body + 2;
  const topicEnd = topicStart + (bytes[body]! << 8 | bytes[body + 1]!);
  let at = topicEnd + (qos > 0 ? 2 : 0);
  if (topicEnd === topicStart) throw new MalformedPacketError("PUBLISH without a topic");
  if (at > end) throw new MalformedPacketError("topic longer than its packet");
  // Computed once, for the checks here and for the row encoders.
  const classes = into.topicClasses = byteClassesOf(bytes, topicStart, topicEnd);
  let breach: Breach | undefined = qos === 0 && flags > 7 ? "DUP at QoS 0" : undefined;
  if ((classes & (NO_TOPIC | HIGH)) !== 0) {
    breach = topicBreach(bytes, topicStart, topicEnd, classes) ?? breach;
  }
  into.id = qos > 0 ? bytes[topicEnd]! << 8 | bytes[topicEnd + 1]! : 0;
  // [MQTT-2.2.1-3]
  if (qos > 0 && into.id === 0) throw new MalformedPacketError("packet identifier 0");
  if (version === 5) at = skipProperties(bytes, at, end, PUBLISH_PROPERTIES);
  into.topicStart = topicStart;
  into.topicEnd = topicEnd;
  into.payloadStart = at;
  into.payloadEnd = end;
  into.qos = qos as QoS;
  into.retain = (flags & 1) !== 0;
  into.dup = flags > 7;
  return breach;
}

/** Counts the PINGREQs in whole packets. */
export function countPings(packets: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < packets.length;) {
    if (packets[at] === PINGREQ_BYTE) count++;
    let size = 0, shift = 0, byte;
    do {
      byte = packets[++at] ?? 0;
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte >= 128);
    at += 1 + size;
  }
  return count;
}

/**
 * Moves the unread remainder of `buffer` to its front; to a larger buffer if `missing` needs one.
 *
 * @param usual Regular size of the buffer, in bytes.
 */
export function makeRoom(
  buffer: Uint8Array<ArrayBuffer>,
  at: number,
  length: number,
  missing: number,
  usual = READ_BYTES,
): Uint8Array<ArrayBuffer> {
  const remainder = length - at;
  const needed = Math.max(usual, remainder + missing);
  let size = needed;
  if (needed > buffer.length) {
    // Grows in steps, when full: a forged length must not allocate memory that nothing fills.
    size = remainder < buffer.length ? buffer.length : Math.min(needed, buffer.length * 2);
  }
  if (size === buffer.length) {
    if (at > 0) buffer.copyWithin(0, at, length);
    return buffer;
  }
  const moved = new Uint8Array(Math.max(size, remainder + 1));
  moved.set(buffer.subarray(at, length));
  return moved;
}
