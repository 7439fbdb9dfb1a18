/** JSON rows: how `json.ts` spells them, and what one says. */

import type { Batch } from "../batch.ts";
import { ByteBuffer } from "../byte_buffer.ts";
import { ascii, byteTable, COLUMNS, HIGH, isUtf8, rowEnds, SPECIAL } from "./fields.ts";
import {
  appendDecoded,
  CUT_OFF,
  literalEnd,
  MALFORMED,
  RowEndReader,
  timestampEnd,
  timestampOf,
} from "./read_fields.ts";

/** What is escaped inside a string. */
export const TABLE = byteTable('"\\');
/** Escapes with a letter of their own [RFC 8259 section 7]; the other controls become `\u00XX`. */
export const SHORT = new Uint8Array(128);
/** The way back: the byte each letter stands for. */
const MEANT = new Uint8Array(256);
for (const [char, letter] of ["\bb", "\tt", "\nn", "\ff", "\rr", '""', "\\\\"]) {
  SHORT[char!.charCodeAt(0)] = letter!.charCodeAt(0);
  MEANT[letter!.charCodeAt(0)] = char!.charCodeAt(0);
}

/** Begins with the comma that the first row of a file leaves out. */
export const ROW_START = ascii(`,\n{"${COLUMNS[0]}":"`);
export const TOPIC = ascii(`","${COLUMNS[1]}":"`);
export const PAYLOAD = ascii(`","${COLUMNS[2]}":"`);
export const END = rowEnds((encoding, qos, retain, dup) =>
  `","encoding":"${encoding}","qos":${qos},"retain":${retain},"dup":${dup}}`
);

const QUOTE = 34, ZERO = 48, BACKSLASH = 92, U = 117;
/** Bytes of `\u00XX`. */
const LONG = 6;

function hexValue(byte: number): number {
  if (byte >= ZERO && byte <= 57) return byte - ZERO;
  return byte >= 97 && byte <= 102 ? byte - 87 : NaN;
}

/** The byte that `\u00XX` at `at` stands for, or `CUT_OFF`, or `MALFORMED`. */
function longEscape(bytes: Uint8Array, at: number): number {
  if (at + LONG > bytes.length) return CUT_OFF;
  if (bytes[at + 2] !== ZERO || bytes[at + 3] !== ZERO) return MALFORMED;
  const byte = hexValue(bytes[at + 4]!) * 16 + hexValue(bytes[at + 5]!);
  // Only what has no shorter spelling is written so.
  return byte < 128 && TABLE[byte] === SPECIAL && SHORT[byte] === 0 ? byte : MALFORMED;
}

/** Reads rows, one after the other. */
export class JsonRows {
  readonly #end = new RowEndReader(END);
  readonly #decoded = new ByteBuffer();
  /** What the last string held that is not plain: bytes beyond ASCII, escapes. */
  #found = 0;

  /** Packs the row that begins at `at`; where it ends, or `CUT_OFF`, or `MALFORMED`. */
  read(bytes: Uint8Array, at: number, first: boolean, batch: Batch): number {
    const timeStart = literalEnd(bytes, at, ROW_START, first ? 1 : 0);
    if (timeStart < 0) return timeStart;
    const timeEnd = timestampEnd(bytes, timeStart);
    if (timeEnd < 0) return timeEnd;
    const topic = literalEnd(bytes, timeEnd, TOPIC);
    if (topic < 0) return topic;
    const topicEnd = this.#stringEnd(bytes, topic);
    if (topicEnd < 0) return topicEnd;
    const topicFound = this.#found;
    const payload = literalEnd(bytes, topicEnd, PAYLOAD);
    if (payload < 0) return payload;
    const payloadEnd = this.#stringEnd(bytes, payload);
    if (payloadEnd < 0) return payloadEnd;
    const end = this.#end.read(bytes, payloadEnd);
    if (end < 0) return end;

    const time = timestampOf(bytes, timeStart, timeEnd);
    const found = topicFound | this.#found;
    if (Number.isNaN(time)) return MALFORMED;
    if ((found & HIGH) !== 0 && !isUtf8(bytes, topic, payloadEnd)) return MALFORMED;
    if ((found & SPECIAL) === 0 && !this.#end.base64) {
      this.#end.push(batch, time, bytes, topic, topicEnd, payload, payloadEnd);
      return end;
    }
    const out = this.#decoded;
    out.clear();
    appendUnescaped(bytes, topic, topicEnd, out);
    const between = out.length;
    if (!this.#end.base64) appendUnescaped(bytes, payload, payloadEnd, out);
    else if (!appendDecoded(bytes, payload, payloadEnd, out)) return MALFORMED;
    this.#end.push(batch, time, out.bytes, 0, between, between, out.length);
    return end;
  }

  /** Where the string that begins at `at` ends (its quote), or `CUT_OFF`, or `MALFORMED`. */
  #stringEnd(bytes: Uint8Array, at: number): number {
    let found = 0;
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]!;
      const kind = TABLE[byte]!;
      if (kind !== SPECIAL) {
        found |= kind;
        continue;
      }
      if (byte === QUOTE) {
        this.#found = found;
        return i;
      }
      if (byte !== BACKSLASH) return MALFORMED;
      found |= SPECIAL;
      if (i + 1 === bytes.length) return CUT_OFF;
      if (bytes[i + 1] === U) {
        const meant = longEscape(bytes, i);
        if (meant < 0) return meant;
        i += LONG - 1;
      } else if (MEANT[bytes[++i]!] === 0) return MALFORMED;
    }
    return CUT_OFF;
  }
}

/** Appends what a string that `#stringEnd` accepted stands for. */
function appendUnescaped(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  for (let at = start; at < end;) {
    const escape = bytes.indexOf(BACKSLASH, at);
    const stop = escape < 0 || escape >= end ? end : escape;
    out.append(bytes, at, stop);
    if (stop === end) return;
    const letter = bytes[stop + 1]!;
    out.push(letter === U ? longEscape(bytes, stop) : MEANT[letter]!);
    at = stop + (letter === U ? LONG : 2);
  }
}
