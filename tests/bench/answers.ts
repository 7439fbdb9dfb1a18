/** Answers of a bench broker to all packets except messages and their acknowledgements. */

import { CONNECT, PINGREQ, SUBSCRIBE, UNSUBSCRIBE } from "../faults/client_packets.ts";

/** CONNACK of MQTT 3.1.1 and, with empty properties, of MQTT 5. */
const CONNACK = { 4: [0x20, 2, 0, 0], 5: [0x20, 3, 0, 0, 0] } as const;

/** Offset of a packet's body. */
export function bodyOf(packet: Uint8Array): number {
  let body = 2;
  while (packet[body - 1]! >= 128) body++;
  return body;
}

/** The protocol version of a CONNECT, the byte after the protocol name [MQTT-3.1.2.2]. */
export function versionOf(connect: Uint8Array): 4 | 5 {
  return connect[bodyOf(connect) + 6] === 5 ? 5 : 4;
}

/** The answer to one whole packet, if any; grants a subscription with one filter. */
export function answerTo(packet: Uint8Array, version: 4 | 5): Uint8Array | undefined {
  const type = packet[0]! >> 4;
  if (type === CONNECT) return Uint8Array.from(CONNACK[version]);
  if (type === PINGREQ) return Uint8Array.of(0xd0, 0);
  if (type !== SUBSCRIBE && type !== UNSUBSCRIBE) return undefined;
  const body = bodyOf(packet);
  // The options of the one filter come last [MQTT-3.8.3].
  const code = type === SUBSCRIBE ? packet.at(-1)! & 3 : 0;
  const codes = version === 5 ? [0, code] : type === SUBSCRIBE ? [code] : [];
  return Uint8Array.of(
    type === SUBSCRIBE ? 0x90 : 0xb0,
    2 + codes.length,
    packet[body]!,
    packet[body + 1]!,
    ...codes,
  );
}
