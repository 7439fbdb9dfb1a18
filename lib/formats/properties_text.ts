/** The MQTT 5 properties of a PUBLISH as the JSON text that `--properties` records. */

import { ascii } from "../message/utf8.ts";

/** The possible keys in their order; absent properties are omitted. */
const KEYS = [
  "contentType",
  "responseTopic",
  "correlationData",
  "messageExpiryInterval",
  "payloadFormatIndicator",
  "userProperties",
] as const;

/**
 * Replaces invalid UTF-8 by U+FFFD, because JSON must be text and no message may be dropped.
 */
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NONE = new Uint8Array(0);

/**
 * A JSON object in UTF-8; empty without properties. Omits subscription identifiers and topic
 * aliases, which describe our subscription and the connection instead of the message.
 *
 * @param start Offset of the properties' length in a packet that `skipProperties` accepted.
 * @param end Where they end; equal to `start` in MQTT 3.1.1.
 */
export function propertiesText(bytes: Uint8Array, start: number, end: number): Uint8Array {
  // The usual case: a property length of 0, one byte.
  if (end - start < 2) return NONE;
  let at = start;
  const skipVariable = () => {
    while (bytes[at++]! >= 0x80);
  };
  const data = () => {
    const from = at + 2;
    at = from + (bytes[at]! << 8 | bytes[at + 1]!);
    return bytes.subarray(from, at);
  };
  const text = () => lenient.decode(data());
  const found: Partial<Record<(typeof KEYS)[number], unknown>> = {};
  const pairs: [string, string][] = [];
  skipVariable();
  while (at < end) {
    const id = bytes[at++]!;
    if (id === 0x01) found.payloadFormatIndicator = bytes[at++]!;
    else if (id === 0x02) {
      found.messageExpiryInterval = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
      at += 4;
    } else if (id === 0x03) found.contentType = text();
    else if (id === 0x08) found.responseTopic = text();
    else if (id === 0x09) found.correlationData = data().toBase64();
    else if (id === 0x26) pairs.push([text(), text()]);
    else if (id === 0x23) at += 2;
    else skipVariable();
  }
  // An array, because names may repeat and their order counts [MQTT-3.3.2-18].
  if (pairs.length > 0) found.userProperties = pairs;
  const keys = KEYS.filter((key) => key in found);
  return keys.length === 0 ? NONE : ascii(JSON.stringify(found, [...keys]));
}

/** Whether `bytes[start, end)` is a text as `propertiesText` spells it. */
export function isPropertiesText(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    const text = strict.decode(bytes.subarray(start, end));
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || JSON.stringify(value) !== text) return false;
    const keys = Object.keys(value);
    return keys.length > 0 && keys.join() === KEYS.filter((key) => keys.includes(key)).join();
  } catch {
    return false;
  }
}
