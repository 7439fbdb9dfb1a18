/** The answer of a web server or proxy that makes no WebSocket. */

import { type IncomingHttpHeaders, STATUS_CODES } from "node:http";
import { StateError } from "../../locale/errors.ts";
import type { HttpProblem } from "../../locale/mod.ts";
import { escapeForTerminal } from "../../text/escape.ts";

/** Longest quotation of an answer, in UTF-16 code units. */
const MAX_QUOTED = 200;

/** Statuses with a remedy of their own [RFC 9110, 15; RFC 6585]. */
const PROBLEMS: ReadonlyMap<number, HttpProblem> = new Map([
  [401, "wantsLogin"],
  [403, "forbidden"],
  [407, "proxyWantsLogin"],
  [426, "noUpgrade"],
  [429, "tooMany"],
  [502, "noBroker"],
  [503, "unavailable"],
  [504, "noBroker"],
  [511, "networkWantsLogin"],
]);

/** The parts of an HTTP answer that say why there is no WebSocket. */
export interface HttpAnswer {
  readonly statusCode?: number | undefined;
  /** The server's own words for the status. */
  readonly statusMessage?: string | undefined;
  readonly headers?: IncomingHttpHeaders;
}

export class HttpRefusal extends StateError {
  readonly problem: HttpProblem;
  /** `HTTP 401`, with what the server adds to it; escaped. */
  readonly answer: string;
  /** Whether the server refused us, not this attempt: frequent ones may count for a lockout. */
  readonly isUnwanted: boolean;

  constructor({ statusCode = 0, statusMessage = "", headers = {} }: HttpAnswer) {
    super(`HTTP ${statusCode}`);
    const { location } = headers;
    const redirects = statusCode >= 300 && statusCode < 400 && location !== undefined;
    this.problem = PROBLEMS.get(statusCode) ??
      (redirects ? "redirects" : statusCode >= 500 ? "serverFails" : "noPath");
    const added = redirects
      ? location
      : headers["proxy-authenticate"] ?? headers["www-authenticate"] ??
        (statusMessage === STATUS_CODES[statusCode] ? "" : statusMessage);
    const quoted = escapeForTerminal(String(added).slice(0, MAX_QUOTED));
    this.answer = quoted === "" ? this.code : `${this.code} (${quoted})`;
    this.isUnwanted = [401, 403, 407].includes(statusCode);
  }
}
