/**
 * The rules for packets that npm:mqtt reads. It reads them after we have read on, so a malformed
 * one must be found here before the bytes after it are taken for messages.
 */

import { allowed, MalformedPacketError, skipProperties } from "./properties.ts";
import type { PacketSpan } from "./packet_reader.ts";

const CONNACK = 2, PUBACK = 4, PUBCOMP = 7, SUBACK = 9, UNSUBACK = 11, PINGRESP = 13;
const DISCONNECT = 14;

const REASON = allowed(0x1f, 0x26);
const OF_CONNACK = allowed(
  ...[0x11, 0x12, 0x13, 0x15, 0x16, 0x1a, 0x1c, 0x1f],
  ...[0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a],
);
const OF_DISCONNECT = allowed(0x1c, 0x1f, 0x26);

/**
 * Checks any packet but PUBLISH.
 *
 * @param version MQTT protocol level: 4 is 3.1.1, 5 has properties.
 * @throws {MalformedPacketError} It breaks a rule of the standard.
 */
export function checkPacket(bytes: Uint8Array, packet: PacketSpan, version: 4 | 5): void {
  const { type, body, end } = packet;
  const size = end - body;
  if (type === CONNACK) {
    // [MQTT-3.2.2-1]
    if (bytes[body]! > 1) throw new MalformedPacketError("CONNACK with unknown flags");
    // A broker that knows only 3.1.1 refuses without properties. One that accepts would send
    // messages without them too.
    if (size === 2 && version === 5 && bytes[body + 1] === 0) {
      throw new MalformedPacketError("CONNACK of MQTT 3.1.1");
    }
    if (size === 2) return;
    if (version === 4) throw new MalformedPacketError("wrong size");
    endsWith(end, skipProperties(bytes, body + 2, end, OF_CONNACK));
  } else if (type >= PUBACK && type <= PUBCOMP) {
    checkAck(bytes, packet, version);
  } else if (type === SUBACK || type === UNSUBACK) {
    checkSubscriptionAck(bytes, packet, version);
  } else if (type === DISCONNECT && version === 5) {
    if (size > 1) endsWith(end, skipProperties(bytes, body + 1, end, OF_DISCONNECT));
  } else if (type !== PINGRESP) {
    // A 3.1.1 broker sends no other packets, and AUTH only answers ours [MQTT-4.12.0-6].
    throw new MalformedPacketError("packet out of turn");
  }
}

/** Checks the identifier and, optional in MQTT 5, reason code and properties [MQTT-3.4.2]. */
function checkAck(bytes: Uint8Array, { body, end }: PacketSpan, version: 4 | 5): void {
  const size = end - body;
  checkId(bytes, body);
  if (size === 2 || version === 5 && size === 3) return;
  if (version === 4) throw new MalformedPacketError("wrong size");
  endsWith(end, skipProperties(bytes, body + 3, end, REASON));
}

/**
 * Checks the identifier, MQTT 5 properties, and a code for each filter [MQTT-3.9.3], [MQTT-3.11.3].
 */
function checkSubscriptionAck(
  bytes: Uint8Array,
  { type, body, end }: PacketSpan,
  version: 4 | 5,
): void {
  checkId(bytes, body);
  const codes = codesStart(bytes, body, end, version);
  if (type === UNSUBACK && version === 4) return endsWith(end, codes);
  if (codes === end) throw new MalformedPacketError("no reason code");
  for (let i = codes; i < end; i++) {
    const code = bytes[i]!;
    const known = type === UNSUBACK || code <= 2 || (version === 5 ? code >= 0x80 : code === 0x80);
    if (!known) throw new MalformedPacketError("unknown reason code");
  }
}

/**
 * Checks that a SUBACK has a code for each filter of its SUBSCRIBE [MQTT-3.8.4-6].
 *
 * @throws {MalformedPacketError} It has fewer or more.
 */
export function checkCodeCount(
  bytes: Uint8Array,
  { body, end }: PacketSpan,
  version: 4 | 5,
  filters: number,
): void {
  if (end - codesStart(bytes, body, end, version) !== filters) {
    throw new MalformedPacketError("codes for other filters");
  }
}

/** Where the codes of a SUBACK or UNSUBACK begin. */
function codesStart(bytes: Uint8Array, body: number, end: number, version: 4 | 5): number {
  return version === 5 ? skipProperties(bytes, body + 2, end, REASON) : body + 2;
}

/** Checks that the identifier is not 0 [MQTT-2.2.1-3]. */
function checkId(bytes: Uint8Array, at: number): void {
  if (bytes[at] === 0 && bytes[at + 1] === 0) {
    throw new MalformedPacketError("packet identifier 0");
  }
}

function endsWith(end: number, propertiesEnd: number): void {
  if (propertiesEnd !== end) throw new MalformedPacketError("bytes behind the properties");
}
