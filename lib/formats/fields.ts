/** Parts of a row that every format shares: columns, timestamps, row ends, base64. */

import type { Batch } from "../message/batch.ts";
import { type ByteBuffer, SHORT_BYTES } from "../message/byte_buffer.ts";
import { padded, type PaddedBytes } from "../message/padded_copy.ts";
import { ascii } from "../message/utf8.ts";

const encoder = new TextEncoder();

/** The columns of a row and the keys of an object, in this order, in every format. */
export const COLUMNS = [
  "timestamp",
  "topic",
  "payload",
  "encoding",
  "qos",
  "retain",
  "dup",
] as const;

/** The additional last column of `--properties`. */
export const PROPERTIES = "properties";

/** Upper bound of topic and payload of one message together, in bytes [MQTT-2.1.4]. */
export const MAX_PACKET = 2 ** 28;

/** Largest distance from 1970 that `Date` can write as an ISO string, in ms. */
export const MAX_TIME = 8.64e15;

/** The start of a row up to its topic; cached, because many rows share a millisecond. */
export class RowStart {
  readonly #before: string;
  readonly #after: string;
  #time = NaN;
  #padded = padded(new Uint8Array());

  /** @param before, after Text before and after the timestamp. */
  constructor(before: string, after: string) {
    this.#before = before;
    this.#after = after;
  }

  /**
   * The start of a row with this time (ms since the epoch), as ISO 8601, UTC, with milliseconds.
   */
  at(time: number): PaddedBytes {
    if (time !== this.#time) {
      this.#time = time;
      const iso = new Date(Math.min(Math.max(time, -MAX_TIME), MAX_TIME)).toISOString();
      this.#padded = padded(ascii(`${this.#before}${iso}${this.#after}`));
    }
    return this.#padded;
  }
}

/**
 * The end of a row for each encoding and each value of `Batch.flags`, precomputed.
 *
 * @param write One row end for `(encoding, qos, retain, dup)`.
 */
export function rowEnds(
  write: (encoding: "utf-8" | "base64", qos: number, retain: boolean, dup: boolean) => string,
): { readonly utf8: readonly Uint8Array[]; readonly base64: readonly Uint8Array[] } {
  const all = (encoding: "utf-8" | "base64") =>
    Array.from({ length: 16 }, (_, f) => ascii(write(encoding, f & 3, (f & 4) > 0, (f & 8) > 0)));
  return { utf8: all("utf-8"), base64: all("base64") };
}

const BASE64 = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 61;
/** Bytes encoded at a time; a multiple of 3, so that no padding occurs between chunks. */
const CHUNK_BYTES = 3 << 18;

/** Appends the payload of message `i` in base64, for payloads that are not UTF-8, or hold a NUL. */
export function appendBase64(batch: Batch, i: number, out: ByteBuffer): void {
  const { bytes } = batch.data;
  const start = batch.topicEnd(i), end = batch.payloadEnd(i);
  if (end - start <= SHORT_BYTES) return appendShortBase64(bytes, start, end, out);
  for (let at = start; at < end; at += CHUNK_BYTES) {
    const text = bytes.subarray(at, Math.min(at + CHUNK_BYTES, end)).toBase64();
    out.reserve(text.length);
    out.length += encoder.encodeInto(text, out.bytes.subarray(out.length)).written;
  }
}

/**
 * Avoids the strings and views of `appendBase64`: 81 ns instead of 428 ns for a CSV row of 25 bytes
 * (`deno task bench --only throughput`).
 */
function appendShortBase64(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  out.reserve(4 * Math.ceil((end - start) / 3));
  const target = out.bytes;
  let at = out.length;
  for (let i = start; i < end; i += 3) {
    // Bytes past the end count as 0.
    const second = i + 1 < end ? bytes[i + 1]! : 0, third = i + 2 < end ? bytes[i + 2]! : 0;
    const three = bytes[i]! << 16 | second << 8 | third;
    target[at++] = BASE64[three >> 18]!;
    target[at++] = BASE64[three >> 12 & 63]!;
    target[at++] = i + 1 < end ? BASE64[three >> 6 & 63]! : PADDING;
    target[at++] = i + 2 < end ? BASE64[three & 63]! : PADDING;
  }
  out.length = at;
}
