/** The properties of MQTT 5 packets [MQTT-2.2.2]: checked strictly, not stored. */

import { StatedError } from "../../locale/errors.ts";
import type { Malformation } from "../../locale/en_invalid.ts";
import type { Sentences } from "../../locale/mod.ts";
import { escapeBytes } from "../../text/escape_bytes.ts";

/**
 * The stream is not MQTT. Reading on could make messages that were never published, so the
 * connection is closed instead [MQTT-4.13.1-1].
 */
export class MalformedPacketError extends StatedError {
  /** Its code for `connectProblem`. */
  readonly code = "EPROTO";
  /** The packet's first bytes, escaped. */
  sent = "";
  /** Whether the broker had sent CONNACK before: it does speak MQTT. */
  afterConnack = false;

  constructor(readonly malformation: Malformation) {
    super(`Cannot read a packet from the broker: ${malformation}`);
    this.name = "MalformedPacketError";
  }

  override state({ invalid }: Sentences): string {
    return invalid.notMqtt(invalid.malformations[this.malformation], this.sent);
  }
}

/** Whether the broker answered MQTT 5 in the form of 3.1.1. */
export function isOldForm(error: unknown): boolean {
  if (error instanceof MalformedPacketError) return error.malformation === "CONNACK of MQTT 3.1.1";
  return error instanceof Error && error.cause instanceof MalformedPacketError &&
    isOldForm(error.cause);
}

/** Whether a broker that speaks MQTT broke a rule of it. */
export function isMalformed(error: unknown): boolean {
  if (error instanceof MalformedPacketError) return error.afterConnack;
  return error instanceof Error && isMalformed(error.cause);
}

/** Bytes of a malformed packet that its error quotes. */
const QUOTED_BYTES = 24;

/** Completes a `MalformedPacketError` about the packet that `bytes` begin with. */
export function quoting(error: unknown, bytes: Uint8Array, afterConnack: boolean): unknown {
  if (!(error instanceof MalformedPacketError)) return error;
  error.sent = escapeBytes(bytes.subarray(0, QUOTED_BYTES));
  error.afterConnack = afterConnack;
  return error;
}

/** Layout of a value: a number of bytes, a text, two texts, or a variable byte integer. */
type Kind = 1 | 2 | 4 | "text" | "pair" | "variable";

const REASON_STRING = 0x1f;

/** Layout of every property that a server may send. */
const KINDS: Readonly<Record<number, Kind>> = {
  0x01: 1, // payload format indicator
  0x02: 4, // message expiry interval
  0x03: "text", // content type
  0x08: "text", // response topic
  0x09: "text", // correlation data
  0x0b: "variable", // subscription identifier
  0x11: 4, // session expiry interval
  0x12: "text", // assigned client identifier
  0x13: 2, // server keep alive
  0x15: "text", // authentication method
  0x16: "text", // authentication data
  0x1a: "text", // response information
  0x1c: "text", // server reference
  [REASON_STRING]: "text",
  0x21: 2, // receive maximum
  0x22: 2, // topic alias maximum
  0x23: 2, // topic alias: CONNECT allows none
  0x24: 1, // maximum QoS
  0x25: 1, // retain available
  0x26: "pair", // user property
  0x27: 4, // maximum packet size
  0x28: 1, // wildcard subscription available
  0x29: 1, // subscription identifiers available
  0x2a: 1, // shared subscription available
};

/** Properties that one kind of packet may carry. */
export type Allowed = ReadonlyMap<number, Kind>;

/** The table of these properties. */
export function allowed(...ids: readonly number[]): Allowed {
  return new Map(ids.map((id) => [id, KINDS[id]!]));
}

/**
 * The properties of PUBLISH [MQTT-3.3.2.3]. A topic alias breaks a rule, as we allow none
 * [MQTT-3.1.2-27]; one that replaces the topic is refused anyway, because the topic is empty.
 */
export const PUBLISH_PROPERTIES = allowed(0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26);

/** End of the last `varInt`. */
let varEnd = 0;

/** Reads a variable byte integer [MQTT-1.5.5]; -1 if it is malformed. */
function varInt(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = 0; i < 4 && at + i < end; i++) {
    const byte = bytes[at + i]!;
    value |= (byte & 127) << 7 * i;
    if (byte === 0 && i > 0) return -1; // [MQTT-1.5.5-1]
    if (byte < 128) {
      varEnd = at + i + 1;
      return value;
    }
  }
  return -1;
}

/**
 * Checks the properties that begin at `at`.
 *
 * @returns The offset after them.
 * @throws {MalformedPacketError} They exceed `limit`, or one is not `known`.
 */
export function skipProperties(
  bytes: Uint8Array,
  at: number,
  limit: number,
  known: Allowed,
): number {
  // Most messages have none: saves 14 ns each (`deno task bench --only throughput`).
  if (at < limit && bytes[at] === 0) return at + 1;
  const size = varInt(bytes, at, limit);
  if (size < 0 || varEnd + size > limit) throw new MalformedPacketError("properties too long");
  at = varEnd;
  const end = at + size;
  while (at < end) {
    const kind = known.get(bytes[at++]!);
    if (kind === undefined) throw new MalformedPacketError("a property its packet cannot have");
    if (typeof kind === "number") at += kind;
    else if (kind === "variable") at = varInt(bytes, at, end) < 0 ? end + 1 : varEnd;
    else {
      for (let texts = kind === "pair" ? 2 : 1; texts > 0; texts--) {
        at += at + 2 > end ? 2 : 2 + (bytes[at]! << 8 | bytes[at + 1]!);
      }
    }
  }
  if (at !== end) throw new MalformedPacketError("property beyond its packet");
  return end;
}

/**
 * The subscription identifier of a PUBLISH; 0 if it has none or several. Several mean a single copy
 * for all subscriptions.
 *
 * @param start Offset of the properties' length, in a packet that `skipProperties` accepted.
 * @param end Offset after them; equal to `start` in MQTT 3.1.1.
 */
export function subscriptionIdentifier(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return 0;
  varInt(bytes, start, end);
  let found = 0;
  for (let at = varEnd; at < end;) {
    const kind = PUBLISH_PROPERTIES.get(bytes[at++]!)!;
    const next = valueEnd(bytes, at, end, kind);
    if (kind === "variable") {
      if (found !== 0) return 0;
      found = varInt(bytes, at, end);
    }
    at = next;
  }
  return found;
}

/**
 * The reason string of an acknowledgement, as received; undefined if it has none.
 *
 * @param start Offset of the properties' length, in a packet that `skipProperties` accepted.
 * @param end Offset after them; at most `start` in a packet without properties.
 */
export function reasonStringOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < 2) return undefined;
  varInt(bytes, start, end);
  for (let at = varEnd; at < end;) {
    const id = bytes[at++]!;
    const next = valueEnd(bytes, at, end, KINDS[id]!);
    if (id === REASON_STRING) return new TextDecoder().decode(bytes.subarray(at + 2, next));
    at = next;
  }
  return undefined;
}

/** Offset after the value at `at`, in checked properties. */
function valueEnd(bytes: Uint8Array, at: number, end: number, kind: Kind): number {
  if (typeof kind === "number") return at + kind;
  if (kind === "variable") {
    varInt(bytes, at, end);
    return varEnd;
  }
  for (let texts = kind === "pair" ? 2 : 1; texts > 0; texts--) {
    at += 2 + (bytes[at]! << 8 | bytes[at + 1]!);
  }
  return at;
}
