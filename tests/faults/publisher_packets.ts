/** The packets of a publisher, MQTT 3.1.1. */

import { bytes, concat } from "../support/arbitrary.ts";

/** Packet identifiers are used in turn: 1 … 65,535. */
export function packetId(id: number): number {
  return id % 65_535 + 1;
}

/** CONNECT of a session that outlives the connection. */
export function connectPacket(clientId: string): Uint8Array {
  const id = bytes(clientId);
  // Level 4, no clean session, no keep-alive: a broker that is away must not end the session.
  const head = [0x10, 12 + id.length, 0, 4, 77, 81, 84, 84, 4, 0, 0, 0, 0, id.length];
  return concat(Uint8Array.from(head), id);
}

/** Joins packets. */
export async function write(
  connection: Deno.TcpConn,
  packets: readonly Uint8Array[],
): Promise<void> {
  const all = concat(...packets);
  for (let at = 0; at < all.length;) at += await connection.write(all.subarray(at));
}
