/** The first connection, which may wait for the broker (`--wait`). */

import { BrokerError } from "../locale/errors.ts";
import { backoff, type Clock } from "../system/clock.ts";
import { isCertificateProblem } from "./transport/connect_problem.ts";
import { isUnwanted } from "./transport/connection_errors.ts";
import { isNear, NEAR_MS } from "./near.ts";

/** Interval after refused credentials: each attempt may count for a lockout. */
const REFUSED = { minMs: 30_000, maxMs: 300_000 };

/** An attempt to connect failed; `news`: for another reason than the previous one. */
export interface Waiting {
  readonly type: "waiting";
  readonly cause: unknown;
  /** Time until the next attempt, in ms. */
  readonly nextMs: number;
  readonly news: boolean;
}

/** Options of the first connection. */
export interface FirstConnectionOptions {
  readonly host: string;
  readonly clock: Clock;
  /** Time limit in ms; 0: one attempt. @default {0} */
  readonly waitMs?: number | undefined;
}

/**
 * Calls `connect` until it resolves, or the time is over.
 *
 * @throws {BrokerError} The last error: when the time is over, or at once for a certificate, which
 * does not change by waiting. The reason of `signal`; any other error of `connect`.
 */
export async function firstConnection<T>(
  connect: () => Promise<T>,
  { host, clock, waitMs = 0 }: FirstConnectionOptions,
  onEvent: (event: Waiting) => void,
  signal?: AbortSignal,
  random: () => number = Math.random,
): Promise<T> {
  const end = clock.monotonic() + waitMs;
  let lastMessage: string | undefined;
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
      const news = cause.message !== lastMessage;
      lastMessage = cause.message;
      onEvent({ type: "waiting", cause, nextMs, news });
      await clock.sleep(nextMs, signal);
      signal?.throwIfAborted();
    }
  }
}
