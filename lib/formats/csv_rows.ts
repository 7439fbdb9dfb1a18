/** Reads CSV rows exactly as `csv.ts` writes them. */

import type { Batch } from "../message/batch.ts";
import { ByteBuffer } from "../message/byte_buffer.ts";
import { isPropertiesText } from "./properties_text.ts";
import { type rowEnds } from "./fields.ts";
import { ascii, isUtf8 } from "../message/utf8.ts";
import {
  appendDecoded,
  CUT_OFF,
  MALFORMED,
  RowEndReader,
  timestampEnd,
  timestampOf,
} from "./read_fields.ts";

const LF = 10, CR = 13, QUOTE = 34, COMMA = 44;
/** Columns between the payload and the properties or the row end. */
const COLUMNS_AFTER_PAYLOAD = 4;
/**
 * The start of the properties with the comma before it; neither properties nor payloads contain it.
 */
const PROPERTIES_START = ascii(',"{');

/** Where the timestamp and its comma at `at` end, or `CUT_OFF`, or `MALFORMED`. */
export function timeEnd(bytes: Uint8Array, at: number): number {
  const end = timestampEnd(bytes, at);
  if (end < 0) return end;
  if (end === bytes.length) return CUT_OFF;
  return bytes[end] === COMMA ? end + 1 : MALFORMED;
}

const NONE = new Uint8Array(0);

/**
 * Where the properties field at `at` ends, its line end included, or `CUT_OFF`, or `MALFORMED`. The
 * field is empty, or JSON in quotes, which contains no line end.
 */
function propertiesEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === CR) return at + 1 === bytes.length ? CUT_OFF : lineEnd(bytes, at);
  for (let i = 1; i < PROPERTIES_START.length; i++, at++) {
    if (at === bytes.length) return CUT_OFF;
    if (bytes[at] !== PROPERTIES_START[i]) return MALFORMED;
  }
  for (; at < bytes.length; at++) {
    if (bytes[at]! < 0x20) return MALFORMED;
    if (bytes[at] !== QUOTE) continue;
    if (++at < bytes.length && bytes[at] !== QUOTE) return lineEnd(bytes, at);
  }
  return CUT_OFF;
}

function lineEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== CR) return MALFORMED;
  if (at + 1 === bytes.length) return CUT_OFF;
  return bytes[at + 1] === LF ? at + 2 : MALFORMED;
}

/** Offset of the comma before the last properties in `bytes`; -1 if there are none. */
function lastStart(bytes: Uint8Array): number {
  for (let at = bytes.length; (at = bytes.lastIndexOf(PROPERTIES_START[0]!, at - 1)) > 0;) {
    if (PROPERTIES_START.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * Appends the content of a quoted field with single quotes for doubled ones. Byte by byte, as in
 * JSON the next quote is near: `indexOf` takes three times as long.
 */
function appendUnquoted(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  out.reserve(end - start);
  const target = out.bytes;
  let to = out.length;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    target[to++] = byte;
    if (byte === QUOTE) i++;
  }
  out.length = to;
}

/** Reads one row after the other and remembers the offsets of its parts. */
export class CsvRows {
  /** Whether the last row proved that reading started at a row, see `#fieldEnd`. */
  proven = false;
  #topic = 0;
  #topicEnd = 0;
  #payloadEnd = 0;
  /** All bytes of topic and payload, or-ed: below 0x80 they are ASCII. */
  #bits = 0;
  /** Where the properties of the last row begin. */
  #properties = 0;
  readonly #end: RowEndReader;
  readonly #decoded = new ByteBuffer();
  readonly #withProperties: boolean;

  /**
   * @param ends Every possible row end, from the comma after the payload.
   * @param withProperties Whether properties follow the row end.
   */
  constructor(ends: ReturnType<typeof rowEnds>, withProperties = false) {
    this.#end = new RowEndReader(ends);
    this.#withProperties = withProperties;
  }

  /** Where the row that begins at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
  end(bytes: Uint8Array, at: number): number {
    this.proven = false;
    this.#bits = 0;
    this.#topic = timeEnd(bytes, at);
    if (this.#topic < 0) return this.#topic;
    this.#topicEnd = this.#fieldEnd(bytes, this.#topic);
    if (this.#topicEnd < 0) return this.#topicEnd;
    this.#payloadEnd = this.#fieldEnd(bytes, this.#topicEnd + 1);
    if (this.#payloadEnd < 0) return this.#payloadEnd;
    this.#properties = this.#end.read(bytes, this.#payloadEnd);
    if (!this.#withProperties || this.#properties < 0) return this.#properties;
    return propertiesEnd(bytes, this.#properties);
  }

  /** Whether `bytes` end like a row with a quoted payload. */
  endsQuoted(bytes: Uint8Array): boolean {
    const comma = this.commaAfterPayload(bytes);
    if (comma < 1 || bytes[comma - 1] !== QUOTE) return false;
    const end = this.#end.read(bytes, comma);
    return (this.#withProperties && end > 0 ? propertiesEnd(bytes, end) : end) === bytes.length;
  }

  /** Offset of the comma after the payload in the row that ends `bytes`; -1 if there is none. */
  commaAfterPayload(bytes: Uint8Array): number {
    let comma = bytes.length, count = COLUMNS_AFTER_PAYLOAD;
    if (this.#withProperties) {
      if (bytes[bytes.length - 3] === QUOTE) comma = lastStart(bytes);
      else count++;
    }
    for (; count > 0 && comma > 0; count--) comma = bytes.lastIndexOf(COMMA, comma - 1);
    return comma;
  }

  /** Packs the row that begins at `at`; where it ends, or `CUT_OFF`, or `MALFORMED`. */
  read(bytes: Uint8Array, at: number, batch: Batch): number {
    const end = this.end(bytes, at);
    if (end < 0) return end;
    const topic = this.#topic, topicEnd = this.#topicEnd, payloadEnd = this.#payloadEnd;
    const payload = topicEnd + 1;
    const time = timestampOf(bytes, at, topic - 1);
    if (Number.isNaN(time)) return MALFORMED;
    if (this.#bits >= 0x80 && !isUtf8(bytes, topic, payloadEnd)) return MALFORMED;
    const topicQuoted = bytes[topic] === QUOTE, payloadQuoted = bytes[payload] === QUOTE;
    const properties = this.#propertiesOf(bytes, end);
    if (properties === undefined) return MALFORMED;
    if (!topicQuoted && !payloadQuoted && !this.#end.base64) {
      this.#end.push(batch, time, bytes, topic, topicEnd, payload, payloadEnd);
      if (this.#withProperties) batch.addProperties(properties);
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
    if (this.#withProperties) batch.addProperties(properties);
    return end;
  }

  /** The properties of the row that ends at `end`; undefined if they are malformed. */
  #propertiesOf(bytes: Uint8Array, end: number): Uint8Array | undefined {
    const start = this.#properties;
    if (!this.#withProperties || end - start === 2) return NONE;
    const out = new ByteBuffer(end - start);
    appendUnquoted(bytes, start + 1, end - 3, out);
    return isPropertiesText(out.bytes, 0, out.length) ? out.view() : undefined;
  }

  /**
   * Where the field that begins at `at` ends (its comma), or `CUT_OFF`, or `MALFORMED`. It also
   * finds proof that reading started at a row: inside a payload quotes are doubled, so that runs
   * are even, and a comma follows a closing quote. An odd run before anything else opens a field,
   * and only a correct reading reaches it.
   */
  #fieldEnd(bytes: Uint8Array, at: number): number {
    let all = 0;
    if (bytes[at] !== QUOTE) {
      for (let i = at; i < bytes.length; i++) {
        const byte = bytes[i]!;
        if (byte === COMMA) {
          this.#bits |= all;
          return i;
        }
        if (byte === QUOTE || byte < 0x20) return MALFORMED;
        all |= byte;
      }
      return CUT_OFF;
    }
    let run = at + 1;
    while (bytes[run] === QUOTE) run++;
    if ((run - at) % 2 === 1 && run < bytes.length && bytes[run] !== COMMA) this.proven = true;
    for (let i = at + 1;; i += 2) {
      for (; i < bytes.length; i++) {
        const byte = bytes[i]!;
        if (byte === QUOTE) break;
        all |= byte;
      }
      if (i + 1 >= bytes.length) return CUT_OFF;
      if (bytes[i + 1] === COMMA) {
        this.#bits |= all;
        return i + 1;
      }
      if (bytes[i + 1] !== QUOTE) return MALFORMED;
    }
  }
}
