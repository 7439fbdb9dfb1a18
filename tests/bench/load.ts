/** Makes the messages for every competitor once, the same bytes for all. */

import type { QoS } from "../../lib/message/message.ts";
import { Publishes } from "../faults/publishes.ts";
import type { Load } from "./blast_broker.ts";

/** Kinds of payloads. */
export type Kind = "plain" | "json" | "lines" | "binary";

export interface LoadOptions {
  /** @default {"plain"} */
  readonly kind?: Kind;
  /** Payload size in bytes. @default {25} */
  readonly size?: number;
  /** Distinct topics. @default {1,000} */
  readonly topics?: number;
  /** @default {0} */
  readonly qos?: QoS;
}

/** Messages of one load: too many to predict, and more than any window. */
const MIN_MESSAGES = 20_000;
/** Upper bound of one load in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;

const encoder = new TextEncoder();

/** The start of a payload, which filler follows. */
const MAKERS: Readonly<Record<Kind, (i: number) => Uint8Array>> = {
  // Nothing needs quoting or escaping.
  plain: (i) => encoder.encode(`${(15 + i % 1000 / 100).toFixed(2)} C n=${i}`),
  // Typical of devices: quoted and doubled in CSV, escaped in JSON.
  json: (i) => encoder.encode(`{"t":${(15 + i % 1000 / 100).toFixed(2)},"n":${i % 1000}}`),
  // Line breaks, tabs and characters beyond ASCII.
  lines: (i) => encoder.encode(`é\t${i}\r\n21 °C\n`),
  // Not UTF-8: base64.
  binary: (i) => Uint8Array.of(0xff, i & 255, i >> 8 & 255, 0x80, 0),
};

/** One payload of exactly `size` bytes. */
export function payloadOf(kind: Kind, size: number, i: number): Uint8Array {
  const payload = new Uint8Array(size).fill(kind === "binary" ? 0xfe : 0x20);
  const made = MAKERS[kind](i);
  payload.set(made.subarray(0, size));
  return payload;
}

export function topicOf(i: number): string {
  return `sensors/room${i}/temperature`;
}

/** Makes a load. */
export function makeLoad(
  { kind = "plain", size = 25, topics = 1_000, qos = 0 }: LoadOptions = {},
): Load {
  const count = Math.max(
    1,
    Math.min(
      Math.max(MIN_MESSAGES, topics),
      Math.floor(MAX_BYTES / size),
    ),
  );
  const load = { 4: new Publishes(4), 5: new Publishes(5) };
  for (let i = 0; i < count; i++) {
    const message = { topic: topicOf(i % topics), payload: payloadOf(kind, size, i), qos };
    load[4].add(message);
    load[5].add(message);
  }
  return load;
}
