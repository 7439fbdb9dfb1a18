/** Plain TCP. */

import { type Address, hostPort } from "../../config/address.ts";
import { systemClock } from "../../system/clock.ts";
import { isGranted } from "../../system/environment.ts";

/** The addresses of `localhost`, in the order in which they are tried. */
const LOCALHOST = ["127.0.0.1", "::1"] as const;
/** Head start of the first one, in milliseconds [RFC 8305, 5]. */
const HEAD_START_MS = 250;

export async function connectTcp(
  { host, port }: Pick<Address, "host" | "port">,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const conn =
    await (isBothLocal(host, port)
      ? connectEither(LOCALHOST, port, signal)
      : Deno.connect({ hostname: host, port, signal }));
  // Nagle's algorithm would hold a second acknowledgement until the delayed ACK: 40 ms.
  conn.setNoDelay(true);
  return conn;
}

/**
 * Whether to try both addresses of `localhost` at a time: on Windows a closed port answers after two
 * seconds (https://github.com/libuv/libuv/issues/2896), and Deno asks one after the other.
 */
function isBothLocal(host: string, port: number): boolean {
  return Deno.build.os === "windows" && host.toLowerCase() === "localhost" &&
    // The narrowest permission names localhost only.
    LOCALHOST.every((host) => isGranted({ kind: "net", scope: hostPort({ host, port }) }));
}

/**
 * Connects to whichever address answers first; each further one is tried when the one before has
 * failed or had its head start. Rethrows the error of the first address.
 */
export async function connectEither(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
  connect: (options: Deno.ConnectOptions) => Promise<Deno.TcpConn> = Deno.connect,
): Promise<Deno.TcpConn> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const attempts: Promise<Deno.TcpConn>[] = [];
  for (const hostname of addresses) {
    const before = attempts.at(-1);
    const turn = before &&
      Promise.race([before.catch(() => {}), systemClock.sleep(HEAD_START_MS, either)]);
    attempts.push(
      Promise.resolve(turn).then(() => {
        either.throwIfAborted();
        return connect({ hostname, port, signal: either });
      }),
    );
  }
  try {
    const conn = await Promise.any(attempts);
    for (const attempt of attempts) {
      attempt.then((other) => other === conn || other.close(), () => {});
    }
    return conn;
  } catch {
    return await attempts[0]!;
  } finally {
    over.abort();
  }
}
