/** Errors of a connection, and their sentences. */

import { TimeoutError } from "../../system/deadline.ts";
import { isLoopback, type Place, showAddress } from "../../config/address.ts";
import { type BrokerReason, codeText, connectRefused, ServerDisconnect } from "./broker_reason.ts";
import { connectProblem, isCertificateProblem } from "./connect_problem.ts";
import type { TransportOptions } from "./transport_options.ts";
import { isCut } from "./cut_codes.ts";
import { HttpRefusal } from "./http_refusal.ts";
import { BrokerError, describeCause, StateError } from "../../locale/errors.ts";
import type { Sentences, Unanswered } from "../../locale/mod.ts";
import type { Secret } from "../../text/secret.ts";

/** Time limit for an answer of the broker. */
export const CONNECT_TIMEOUT_MS = 8_000;

/** MQTT return codes that refuse the protocol version, in 3.1.1 and 5. */
export const VERSION_REFUSED = new Set([1, 0x84]);
const CREDENTIALS_REFUSED = new Set([4, 5, 0x86, 0x87]);
/** Refused credentials, and bans: frequent attempts make them last longer. */
const UNWANTED = new Set([...CREDENTIALS_REFUSED, 2, 0x85, 0x8a, 0x8c]);

/** Refusals of a broker that may accept the next attempt. */
const BUSY = new Set([3, 0x88, 0x89, 0x97, 0x9f]);

/** The broker answered CONNECT with a refusal. */
export class ConnectRefusal extends Error {
  constructor(readonly code: number, readonly reason: BrokerReason = {}) {
    super(`connection refused with code ${code}`);
  }
}

/** Whether the broker refused our identity. */
export function isUnwanted(error: unknown): boolean {
  const cause = error instanceof BrokerError ? error.cause : error;
  return cause instanceof ConnectRefusal && UNWANTED.has(cause.code) ||
    cause instanceof HttpRefusal && cause.isUnwanted;
}

/** Whether time alone hardly ends what an attempt failed for: a certificate, or a refusal. */
export function isLasting(error: unknown): boolean {
  const cause = error instanceof BrokerError ? error.cause : error;
  return cause instanceof ConnectRefusal && !BUSY.has(cause.code) || isCertificateProblem(error);
}

/** The code of a cause, if it has one. */
export function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}

/** Whether a connection ended without a reason from the broker. */
export function isSilent(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === undefined || isCut(code);
}

/** The connection ended before the broker answered CONNECT. */
export class ConnectionClosed extends Error {
  /** @param cause The error or reason that ended the connection, if there was one. */
  constructor(cause?: unknown) {
    super("closed", { cause: cause ?? new StateError("ECONNRESET") });
  }
}

/** TCP is connected, but this later step is not answered in time. */
export class AnswerTimeout extends TimeoutError {
  constructor(readonly step: Unanswered) {
    super();
  }
}

/** The error for the user, made from `cause`. */
export function brokerError(
  at: Place & Pick<TransportOptions, "material"> & {
    readonly username?: string | undefined;
    readonly password?: Secret | undefined;
    /** Undefined: both are tried. */
    readonly mqttVersion?: 4 | 5 | undefined;
  },
  cause: unknown,
): BrokerError {
  if (cause instanceof BrokerError) return cause;
  const address = showAddress(at);
  if (cause instanceof ConnectRefusal) {
    const { code, reason } = cause;
    const final = CREDENTIALS_REFUSED.has(code);
    const sent = at.username === undefined ? "nothing" : at.password ? "both" : "name";
    const say = (t: Sentences) => {
      const said = codeText(code, reason, t);
      return final
        ? t.connect.credentialsRefused(address, said, sent)
        : t.connect.refused[connectRefused(code)](address, said);
    };
    return new BrokerError(say, { cause, final });
  }
  const problem = connectProblem(at, cause);
  if (problem !== undefined) return new BrokerError((t) => problem(t)(address), { cause });
  const ended = cause instanceof ConnectionClosed ? cause.cause : cause;
  if (ended instanceof ServerDisconnect) {
    return new BrokerError((t) => t.connect.endedByBroker(address, ended.state(t)), { cause });
  }
  const seconds = CONNECT_TIMEOUT_MS / 1000;
  if (cause instanceof AnswerTimeout) {
    const step = cause.step === "CONNECT" && at.mqttVersion === 5 ? "only5" : cause.step;
    return new BrokerError((t) => t.connect.unanswered[step](address, seconds), { cause });
  }
  if (cause instanceof TimeoutError) {
    return new BrokerError((t) => t.brokerSilent(address, seconds), { cause });
  }
  const say = (t: Sentences) => {
    const state = describeCause(cause, t);
    if (state === t.causes.ENOTFOUND) return t.connect.nameUnknown(address, state);
    // A broker can be started on this machine only, and ours speaks plain MQTT.
    const couldStart = isLoopback(at.host) && (at.scheme ?? "mqtt") === "mqtt";
    return state === t.causes.ECONNREFUSED && couldStart
      ? t.brokerUnreachable(address, state)
      : t.connect.unreachable(address, state);
  };
  return new BrokerError(say, { cause });
}
