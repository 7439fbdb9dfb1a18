/** CSV rows as `csv.ts` writes them: where one ends, and what it says. */

import type { Batch } from "../batch.ts";
import { ByteBuffer } from "../byte_buffer.ts";
import { isUtf8, type rowEnds } from "./fields.ts";
import {
  appendDecoded,
  CUT_OFF,
  MALFORMED,
  RowEndReader,
  timestampEnd,
  timestampOf,
} from "./read_fields.ts";

const QUOTE = 34, COMMA = 44;

/** Where the timestamp and its comma at `at` end, or `CUT_OFF`, or `MALFORMED`. */
export function timeEnd(bytes: Uint8Array, at: number): number {
  const end = timestampEnd(bytes, at);
  if (end < 0) return end;
  if (end === bytes.length) return CUT_OFF;
  return bytes[end] === COMMA ? end + 1 : MALFORMED;
}

/** Appends the inside of a quoted field, each doubled quote once. */
function appendUnquoted(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  for (let at = start; at < end;) {
    const quote = bytes.indexOf(QUOTE, at);
    const stop = quote < 0 || quote >= end ? end : quote + 1;
    out.append(bytes, at, stop);
    at = stop + 1;
  }
}

/** Reads rows, one after the other, and keeps where the parts of the last one lie. */
export class CsvRows {
  /** Whether the last row read held proof that it was read rightly, see `#fieldEnd`. */
  proven = false;
  #topic = 0;
  #topicEnd = 0;
  #payloadEnd = 0;
  readonly #end: RowEndReader;
  readonly #decoded = new ByteBuffer();

  /** @param ends Every way a row may end, from the comma behind the payload. */
  constructor(ends: ReturnType<typeof rowEnds>) {
    this.#end = new RowEndReader(ends);
  }

  /** Where the row that begins at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
  end(bytes: Uint8Array, at: number): number {
    this.proven = false;
    this.#topic = timeEnd(bytes, at);
    if (this.#topic < 0) return this.#topic;
    this.#topicEnd = this.#fieldEnd(bytes, this.#topic);
    if (this.#topicEnd < 0) return this.#topicEnd;
    this.#payloadEnd = this.#fieldEnd(bytes, this.#topicEnd + 1);
    if (this.#payloadEnd < 0) return this.#payloadEnd;
    return this.#end.read(bytes, this.#payloadEnd);
  }

  /** Whether `bytes` end as a row does whose payload is quoted. */
  endsQuoted(bytes: Uint8Array): boolean {
    const quote = bytes.lastIndexOf(QUOTE);
    return quote >= 0 && this.#end.read(bytes, quote + 1) === bytes.length;
  }

  /** Packs the row that begins at `at`; where it ends, or `CUT_OFF`, or `MALFORMED`. */
  read(bytes: Uint8Array, at: number, batch: Batch): number {
    const end = this.end(bytes, at);
    if (end < 0) return end;
    const topic = this.#topic, topicEnd = this.#topicEnd, payloadEnd = this.#payloadEnd;
    const payload = topicEnd + 1;
    const time = timestampOf(bytes, at, topic - 1);
    if (Number.isNaN(time) || !isUtf8(bytes, topic, payloadEnd)) return MALFORMED;
    const topicQuoted = bytes[topic] === QUOTE, payloadQuoted = bytes[payload] === QUOTE;
    if (!topicQuoted && !payloadQuoted && !this.#end.base64) {
      this.#end.push(batch, time, bytes, topic, topicEnd, payload, payloadEnd);
      return end;
    }
    const out = this.#decoded;
    out.clear();
    if (topicQuoted) appendUnquoted(bytes, topic + 1, topicEnd - 1, out);
    else out.append(bytes, topic, topicEnd);
    const between = out.length;
    if (this.#end.base64) {
      if (!appendDecoded(bytes, payload, payloadEnd, out)) return MALFORMED;
    } else if (payloadQuoted) appendUnquoted(bytes, payload + 1, payloadEnd - 1, out);
    else out.append(bytes, payload, payloadEnd);
    this.#end.push(batch, time, out.bytes, 0, between, between, out.length);
    return end;
  }

  /**
   * Where the field that begins at `at` ends (its comma), or `CUT_OFF`, or `MALFORMED`. Proof that
   * the bytes before it were read rightly: inside a payload quotes are doubled, so a run of them is
   * even; one that closes a field has a comma behind it. An odd run with something else behind it
   * opens a field, and nothing but a true reading gets there.
   */
  #fieldEnd(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== QUOTE) {
      for (let i = at; i < bytes.length; i++) {
        const byte = bytes[i]!;
        if (byte === COMMA) return i;
        if (byte === QUOTE || byte < 0x20) return MALFORMED;
      }
      return CUT_OFF;
    }
    let run = at + 1;
    while (bytes[run] === QUOTE) run++;
    if ((run - at) % 2 === 1 && run < bytes.length && bytes[run] !== COMMA) this.proven = true;
    for (let i = at + 1;; i += 2) {
      i = bytes.indexOf(QUOTE, i);
      if (i < 0 || i + 1 >= bytes.length) return CUT_OFF;
      if (bytes[i + 1] === COMMA) return i + 1;
      if (bytes[i + 1] !== QUOTE) return MALFORMED;
    }
  }
}
