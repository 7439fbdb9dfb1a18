/** Plain TCP. */

import type { Address } from "../../config/address.ts";

export async function connectTcp(
  { host, port }: Pick<Address, "host" | "port">,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: host, port, signal });
  // Without it a lone second acknowledgement waits 40 ms for Nagle and the delayed ACK.
  conn.setNoDelay(true);
  return conn;
}
