/** The first connection, where the recorder is to wait for the broker (`--wait`). */

import { BrokerError } from "../locale/errors.ts";
import { backoff, type Clock } from "../system/clock.ts";
import { isCertificateProblem } from "./transport/connect_problem.ts";
import { isUnwanted } from "./transport/connection_errors.ts";
import { isNear, NEAR_MS } from "./near.ts";

/** After refused credentials: each try may count for a lockout. */
const REFUSED = { minMs: 30_000, maxMs: 300_000 };

/** A try to connect failed for another reason than the one before, or (`news` false) for the same. */
export interface Waiting {
  readonly type: "waiting";
  readonly cause: unknown;
  /** Time to the next try, in milliseconds. */
  readonly nextMs: number;
  readonly news: boolean;
}

/** How long to wait for the first connection, and with what. */
export interface FirstConnectionOptions {
  readonly host: string;
  readonly clock: Clock;
  /** In milliseconds; 0: one try only. @default {0} */
  readonly waitMs?: number | undefined;
}

/**
 * What `connect` resolves to, tried again until the time is over.
 *
 * @throws {BrokerError} The last error: when the time is over, or at once for a certificate, which
 * no waiting mends. Whatever `signal` aborts with; anything else that `connect` throws.
 */
export async function firstConnection<T>(
  connect: () => Promise<T>,
  { host, clock, waitMs = 0 }: FirstConnectionOptions,
  onEvent: (event: Waiting) => void,
  signal?: AbortSignal,
  random: () => number = Math.random,
): Promise<T> {
  const end = clock.monotonic() + waitMs;
  let told: string | undefined;
  for (let failures = 0, refusals = 0;;) {
    try {
      return await connect();
    } catch (cause) {
      signal?.throwIfAborted();
      const leftMs = end - clock.monotonic();
      if (!(cause instanceof BrokerError) || isCertificateProblem(cause) || !(leftMs > 0)) {
        throw cause;
      }
      refusals = isUnwanted(cause) ? refusals + 1 : 0;
      const pauseMs = refusals > 0
        ? Math.min(REFUSED.maxMs, REFUSED.minMs * 2 ** Math.min(refusals - 1, 30))
        : backoff(failures++, random, isNear(host) ? { maxMs: NEAR_MS } : {});
      const nextMs = Math.min(pauseMs, leftMs);
      const news = cause.message !== told;
      told = cause.message;
      onEvent({ type: "waiting", cause, nextMs, news });
      await clock.sleep(nextMs, signal);
      signal?.throwIfAborted();
    }
  }
}
