/** Strict readers that both formats share: timestamps, row ends, base64. */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { byteClassesOf } from "../message/byte_classes.ts";
import type { QoS } from "../message/message.ts";
import { MAX_TIME, type rowEnds } from "./fields.ts";
import { ascii } from "../message/utf8.ts";

/** Results of a reader: the bytes end within the row, or are no row of ours. */
export const CUT_OFF = -1, MALFORMED = -2;

/** Where `text` at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
export function literalEnd(bytes: Uint8Array, at: number, text: Uint8Array, skip = 0): number {
  for (let k = skip; k < text.length; k++, at++) {
    if (at >= bytes.length) return CUT_OFF;
    if (bytes[at] !== text[k]) return MALFORMED;
  }
  return at;
}

const ZERO = 48, PLUS = 0x2b, MINUS = 0x2d;
const SHAPE = ascii("0000-00-00T00:00:00.000Z");
/** Length of a timestamp whose year has a sign and six digits. */
const EXPANDED = SHAPE.length + 3;

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** Where a timestamp-shaped text at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
export function timestampEnd(bytes: Uint8Array, at: number): number {
  // Years beyond 0000 to 9999 have a sign and six digits.
  if (bytes[at] === PLUS || bytes[at] === MINUS) {
    for (const stop = at + 2; at < stop;) {
      if (++at === bytes.length) return CUT_OFF;
      if (!isDigit(bytes[at]!)) return MALFORMED;
    }
    at++;
  }
  for (let k = 0; k < SHAPE.length; k++) {
    if (at + k >= bytes.length) return CUT_OFF;
    if (SHAPE[k] === ZERO ? !isDigit(bytes[at + k]!) : bytes[at + k] !== SHAPE[k]) return MALFORMED;
  }
  return at + SHAPE.length;
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let n = 0;
  for (let i = at; i < at + count; i++) n = n * 10 + bytes[i]! - ZERO;
  return n;
}

/** Day of the year on which each month of a year that begins in March begins. */
const MARCH_BASED = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_400_YEARS = 146_097, DAYS_TO_1970 = 719_468, MS_A_DAY = 86_400_000;

/**
 * The time in `bytes[at, end)`, which `timestampEnd` accepted, in milliseconds since the epoch; NaN
 * if there is no such time. Written by hand because `Date` needs a string for every row. Source:
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
export function timestampOf(bytes: Uint8Array, at: number, end: number): number {
  let year = digits(bytes, end - 24, 4);
  if (end - at === EXPANDED) {
    year = digits(bytes, at + 1, 6) * (bytes[at] === MINUS ? -1 : 1);
    if (year >= 0 && year <= 9999) return NaN; // The writer uses the shorter spelling.
  }
  const month = digits(bytes, end - 19, 2), day = digits(bytes, end - 16, 2);
  const hour = digits(bytes, end - 13, 2), minute = digits(bytes, end - 10, 2);
  const second = digits(bytes, end - 7, 2), ms = digits(bytes, end - 4, 3);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day < 1 || day > DAYS[month - 1]! + (leap && month === 2 ? 1 : 0)) return NaN;
  const from = month > 2 ? year : year - 1;
  const era = Math.floor(from / 400), inEra = from - era * 400;
  const days = era * DAYS_400_YEARS + inEra * 365 + Math.floor(inEra / 4) -
    Math.floor(inEra / 100) + MARCH_BASED[month - 1]! + day - 1 - DAYS_TO_1970;
  const time = days * MS_A_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  return Math.abs(time) <= MAX_TIME ? time : NaN;
}

/** Reads row ends; tries those of the last rows first, because most rows are alike. */
export class RowEndReader {
  /** `Batch.flags` of the last row end: QoS, retain, dup. */
  flags = 0;
  /** Whether the payload of the last row is in base64. */
  base64 = false;
  readonly #ends: readonly Uint8Array[];
  /** Positions in `#ends`, that of the last row first. */
  readonly #order: number[];

  /** @param ends Every row end that the format writes. */
  constructor({ utf8, base64 }: ReturnType<typeof rowEnds>) {
    this.#ends = [...utf8, ...base64];
    // There is no QoS 3.
    this.#order = [...this.#ends.keys()].filter((i) => (i & 3) !== 3);
  }

  /** Where the row end at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
  read(bytes: Uint8Array, at: number): number {
    const order = this.#order;
    let result: number = MALFORMED;
    for (let k = 0; k < order.length; k++) {
      const i = order[k]!;
      const end = literalEnd(bytes, at, this.#ends[i]!);
      if (end === MALFORMED) continue;
      if (end === CUT_OFF) {
        result = CUT_OFF;
        continue;
      }
      order.copyWithin(1, 0, k);
      order[0] = i;
      this.flags = i & 15;
      this.base64 = i > 15;
      return end;
    }
    return result;
  }

  /** Packs a row with this end whose topic and payload lie in `source`. */
  push(
    batch: Batch,
    time: number,
    source: Uint8Array,
    topicStart: number,
    topicEnd: number,
    payloadStart: number,
    payloadEnd: number,
  ): void {
    batch.push(time, source, {
      topicStart,
      topicEnd,
      topicClasses: byteClassesOf(source, topicStart, topicEnd),
      payloadStart,
      payloadEnd,
      qos: (this.flags & 3) as QoS,
      retain: (this.flags & 4) !== 0,
      dup: (this.flags & 8) !== 0,
    });
  }
}

/** Characters decoded at a time, to avoid giant strings; a multiple of 4. */
const CHUNK_CHARACTERS = 1 << 20;
const EQUALS = 61;
const decoder = new TextDecoder();

/** Appends the decoded base64 text in `bytes[start, end)`; false if it is not base64. */
export function appendDecoded(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: ByteBuffer,
): boolean {
  if ((end - start) % 4 !== 0) return false;
  for (let at = start; at < end; at += CHUNK_CHARACTERS) {
    const stop = Math.min(at + CHUNK_CHARACTERS, end);
    const padding = stop < end || bytes[end - 1] !== EQUALS ? 0 : bytes[end - 2] === EQUALS ? 2 : 1;
    const count = (stop - at) / 4 * 3 - padding;
    try {
      const decoded = Uint8Array.fromBase64(decoder.decode(bytes.subarray(at, stop)), {
        lastChunkHandling: "strict",
      });
      // `fromBase64` skips white space and stops at padding in the middle.
      if (decoded.length !== count) return false;
      out.append(decoded);
    } catch {
      return false;
    }
  }
  return true;
}
