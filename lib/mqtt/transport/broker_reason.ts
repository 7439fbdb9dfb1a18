/** Reason codes of MQTT, and what the broker says beside them. */

import { StatedError } from "../../locale/errors.ts";
import type {
  ConnectRefused,
  PublishRefused,
  Sentences,
  SubscribeRefused,
} from "../../locale/mod.ts";
import { escapeForTerminal } from "../../text/escape.ts";

/** Longest quotation of a broker, in UTF-16 code units. */
const MAX_QUOTED = 300;

/** The properties of a packet that explain its reason code [MQTT-3.2.2.3.9, 3.2.2.3.16]. */
export interface BrokerReason {
  readonly reasonString?: string | undefined;
  readonly serverReference?: string | undefined;
}

/** Names of CONNACK codes, in MQTT 3.1.1 and 5 [MQTT-3.2.2.2]; the others have no name. */
const CONNECT_REFUSED: ReadonlyMap<number, ConnectRefused> = new Map([
  [1, "version"],
  [0x84, "version"],
  [2, "clientId"],
  [0x85, "clientId"],
  [3, "unavailable"],
  [0x88, "unavailable"],
  [0x89, "busy"],
  [0x8a, "banned"],
  [0x8c, "method"],
  [0x95, "tooLarge"],
  [0x97, "quota"],
  [0x9c, "otherServer"],
  [0x9d, "otherServer"],
  [0x9f, "tooFast"],
]);

/** Names of SUBACK codes [MQTT-3.9.3]. */
const SUBSCRIBE_REFUSED: ReadonlyMap<number, SubscribeRefused> = new Map([
  [0x87, "notAuthorized"],
  [0x8f, "invalidFilter"],
  [0x95, "tooLarge"],
  [0x97, "quota"],
  [0x9e, "noShared"],
  [0xa2, "noWildcards"],
]);

/** Names of PUBACK and PUBREC codes [MQTT-3.4.2.1], and of limits in CONNACK. */
const PUBLISH_REFUSED: ReadonlyMap<number, PublishRefused> = new Map([
  [0x87, "notAuthorized"],
  [0x97, "quota"],
  [0x9b, "qos"],
]);

/** The name of a code of CONNACK; "other" if no remedy belongs to it. */
export function connectRefused(code: number): ConnectRefused {
  return CONNECT_REFUSED.get(code) ?? "other";
}

/** The name of a code of SUBACK; "other" if no remedy belongs to it. */
export function subscribeRefused(code: number): SubscribeRefused {
  return SUBSCRIBE_REFUSED.get(code) ?? "other";
}

/** The name of a code of PUBACK or PUBREC; "other" if no remedy belongs to it. */
export function publishRefused(code: number): PublishRefused {
  return PUBLISH_REFUSED.get(code) ?? "other";
}

/** A code with the broker's own words, escaped: `code 133: "use another id"`. */
export function codeText(code: number | string, reason: BrokerReason, t: Sentences): string {
  return t.connect.code(code, quoted(reason));
}

/** What the broker says, escaped; undefined: nothing. */
function quoted({ reasonString, serverReference }: BrokerReason): string | undefined {
  const texts = [reasonString, serverReference].filter((text) => text !== undefined && text !== "");
  const text = texts.map((text) => text!.slice(0, MAX_QUOTED)).join(", ");
  return text === "" ? undefined : escapeForTerminal(text);
}

/** The broker ended the connection with DISCONNECT. */
export class ServerDisconnect extends StatedError {
  /** Reason code, such as `0x8b`. */
  readonly code: string;

  constructor(reasonCode: number, readonly reason: BrokerReason = {}) {
    const code = `0x${reasonCode.toString(16).padStart(2, "0")}`;
    super(`code ${code}`);
    this.name = "ServerDisconnect";
    this.code = code;
  }

  override state(t: Sentences): string {
    const known = t.causes[this.code];
    const words = quoted(this.reason);
    if (known === undefined) return t.connect.code(this.code, words);
    return words === undefined ? known : `${known} (${t.connect.code(this.code, words)})`;
  }
}
