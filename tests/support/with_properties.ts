/** Messages with MQTT 5 properties, as bytes of a packet and as recorded. */

import { FORMATS_WITH_PROPERTIES } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { propertiesText } from "../../lib/formats/properties_text.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  NASTY_BYTES,
  type Random,
  recordOf,
} from "./arbitrary.ts";

export const BOTH_WITH_PROPERTIES = Object.values(FORMATS_WITH_PROPERTIES);

/** A property of text or bytes; a user property has two. */
export function property(id: number, ...values: readonly (string | Uint8Array)[]): number[] {
  const data = values.map((value) => typeof value === "string" ? bytes(value) : value);
  return [id, ...data.flatMap((one) => [one.length >> 8, one.length & 255, ...one])];
}

/** The properties of a packet with their length before them. */
export function packed(...properties: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const all = Uint8Array.from(properties.flat());
  const length = all.length < 128 ? [all.length] : [all.length & 127 | 128, all.length >> 7];
  return concat(Uint8Array.from(length), all);
}

/** The recorded text of these properties. */
export function recordedOf(properties: Uint8Array): string {
  return new TextDecoder().decode(propertiesText(properties, 0, properties.length));
}

function arbitraryProperties(random: Random): Uint8Array {
  const value = () => NASTY_BYTES[random(NASTY_BYTES.length)]!;
  const user = Array.from({ length: random(3) }, () => property(0x26, value(), value()));
  return packed(
    ...[
      [0x01, random(2)],
      [0x02, random(256), random(256), random(256), random(256)],
      property(0x03, value()),
      property(0x08, value()),
      property(0x09, value()),
      [0x0b, 0x81, random(127) + 1],
    ].filter(() => random(3) === 0),
    ...user,
  );
}

/** A message with or without properties. */
export function arbitraryWithProperties(random: Random): Message {
  const text = random(3) === 0 ? "" : recordedOf(arbitraryProperties(random));
  return { ...arbitraryMessage(random), ...(text === "" ? {} : { propertiesText: text }) };
}

/** The record of a message that was recorded with `--properties`. */
export function recordWithPropertiesOf(message: Message): Record<string, unknown> {
  return { ...recordOf(message), properties: JSON.parse(message.propertiesText ?? "{}") };
}
