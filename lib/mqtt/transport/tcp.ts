/** Plain TCP. */

import type { Address } from "../../config/address.ts";

export async function connectTcp(
  { host, port }: Pick<Address, "host" | "port">,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: host, port, signal });
  // Nagle's algorithm would hold a second acknowledgement until the delayed ACK: 40 ms.
  conn.setNoDelay(true);
  return conn;
}
