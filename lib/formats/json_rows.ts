/** The spelling of JSON rows, and a strict reader of them. */

import type { Batch } from "../message/batch.ts";
import { ByteBuffer } from "../message/byte_buffer.ts";
import { isPropertiesText } from "./properties_text.ts";
import {
  BACKSLASH as BACKSLASHES,
  BYTE_CLASSES,
  CONTROL,
  HIGH,
  QUOTE as QUOTES,
} from "../message/byte_classes.ts";
import { COLUMNS, PROPERTIES, rowEnds } from "./fields.ts";
import { ascii, isUtf8 } from "../message/utf8.ts";
import {
  appendDecoded,
  CUT_OFF,
  literalEnd,
  MALFORMED,
  RowEndReader,
  timestampEnd,
  timestampOf,
} from "./read_fields.ts";

/** Byte classes that are escaped inside a string. */
export const ESCAPED = CONTROL | QUOTES | BACKSLASHES;
/** Escapes with a letter of their own [RFC 8259 section 7]; the other controls become `\u00XX`. */
export const SHORT = new Uint8Array(128);
/** The inverse: the byte each escape letter stands for. */
const MEANT = new Uint8Array(256);
for (const [char, letter] of ["\bb", "\tt", "\nn", "\ff", "\rr", '""', "\\\\"]) {
  SHORT[char!.charCodeAt(0)] = letter!.charCodeAt(0);
  MEANT[letter!.charCodeAt(0)] = char!.charCodeAt(0);
}

/** Begins with the comma that the first row of a file lacks. */
export const ROW_START = `,\n{"${COLUMNS[0]}":"`;
/** The same in NDJSON. */
export const LINE_START = ROW_START.slice(2);
export const TOPIC = `","${COLUMNS[1]}":"`;
export const PAYLOAD = `","${COLUMNS[2]}":"`;
const [topicStart, payloadStart] = [TOPIC, PAYLOAD].map(ascii);
/** @param last Text after the value of `dup`. */
const endsWith = (last: string) =>
  rowEnds((encoding, qos, retain, dup) =>
    `","encoding":"${encoding}","qos":${qos},"retain":${retain},"dup":${dup}${last}`
  );
export const END = endsWith("}");
/** The same in NDJSON, where a line feed ends every row. */
export const LINE_END = endsWith("}\n");
/** The same where properties follow, in both. */
export const END_WITH_PROPERTIES = endsWith(`,"${PROPERTIES}":`);

const NEWLINE = 10, QUOTE = 34, ZERO = 48, OPEN_LIST = 91, BACKSLASH = 92, CLOSE_LIST = 93, U = 117;
const OPEN = 123, CLOSE = 125;
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
  // Accepted only for bytes without a shorter escape.
  return byte < 128 && (BYTE_CLASSES[byte]! & ESCAPED) !== 0 && SHORT[byte] === 0
    ? byte
    : MALFORMED;
}

/** Reads one row after the other. */
export class JsonRows {
  readonly #start: Uint8Array;
  readonly #end: RowEndReader;
  readonly #withProperties: boolean;
  readonly #lines: boolean;
  readonly #decoded = new ByteBuffer();
  /** Byte classes of the last string: HIGH, ESCAPED. */
  #found = 0;

  /**
   * @param withProperties Whether rows hold properties.
   * @param lines Whether they are NDJSON: a line feed behind every row instead of a comma before.
   */
  constructor(withProperties = false, lines = false) {
    this.#start = ascii(lines ? LINE_START : ROW_START);
    this.#end = new RowEndReader(withProperties ? END_WITH_PROPERTIES : lines ? LINE_END : END);
    this.#withProperties = withProperties;
    this.#lines = lines;
  }

  /** Packs the row that begins at `at`; where it ends, or `CUT_OFF`, or `MALFORMED`. */
  read(bytes: Uint8Array, at: number, first: boolean, batch: Batch): number {
    const timeStart = literalEnd(bytes, at, this.#start, first && !this.#lines ? 1 : 0);
    if (timeStart < 0) return timeStart;
    const timeEnd = timestampEnd(bytes, timeStart);
    if (timeEnd < 0) return timeEnd;
    const topic = literalEnd(bytes, timeEnd, topicStart!);
    if (topic < 0) return topic;
    const topicEnd = this.#stringEnd(bytes, topic);
    if (topicEnd < 0) return topicEnd;
    const topicFound = this.#found;
    const payload = literalEnd(bytes, topicEnd, payloadStart!);
    if (payload < 0) return payload;
    const payloadEnd = this.#stringEnd(bytes, payload);
    if (payloadEnd < 0) return payloadEnd;
    const properties = this.#end.read(bytes, payloadEnd);
    if (properties < 0) return properties;
    const closed = this.#withProperties ? propertiesEnd(bytes, properties) : properties;
    if (closed < 0) return closed;
    const end = this.#withProperties && this.#lines ? lineEnd(bytes, closed) : closed;
    if (end < 0) return end;

    const time = timestampOf(bytes, timeStart, timeEnd);
    const found = topicFound | this.#found;
    if (Number.isNaN(time)) return MALFORMED;
    // `{}` stands for no properties.
    const none = closed - properties === 3;
    if (this.#withProperties && !none && !isPropertiesText(bytes, properties, closed - 1)) {
      return MALFORMED;
    }
    const addProperties = () => {
      if (!this.#withProperties) return;
      batch.addProperties(bytes, properties, none ? properties : closed - 1);
    };
    if ((found & HIGH) !== 0 && !isUtf8(bytes, topic, payloadEnd)) return MALFORMED;
    if ((found & ESCAPED) === 0 && !this.#end.base64) {
      this.#end.push(batch, time, bytes, topic, topicEnd, payload, payloadEnd);
      addProperties();
      return end;
    }
    const out = this.#decoded;
    out.clear();
    appendUnescaped(bytes, topic, topicEnd, out);
    const between = out.length;
    if (!this.#end.base64) appendUnescaped(bytes, payload, payloadEnd, out);
    else if (!appendDecoded(bytes, payload, payloadEnd, out)) return MALFORMED;
    this.#end.push(batch, time, out.bytes, 0, between, between, out.length);
    addProperties();
    return end;
  }

  /** Where the string that begins at `at` ends (its quote), or `CUT_OFF`, or `MALFORMED`. */
  #stringEnd(bytes: Uint8Array, at: number): number {
    let found = 0;
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]!;
      const kind = BYTE_CLASSES[byte]!;
      if ((kind & ESCAPED) === 0) {
        found |= kind;
        continue;
      }
      if (byte === QUOTE) {
        this.#found = found;
        return i;
      }
      if (byte !== BACKSLASH) return MALFORMED;
      found |= ESCAPED;
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

/** Where the line that closes at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
function lineEnd(bytes: Uint8Array, at: number): number {
  if (at === bytes.length) return CUT_OFF;
  return bytes[at] === NEWLINE ? at + 1 : MALFORMED;
}

/** Where the row whose properties begin at `at` ends, or `CUT_OFF`, or `MALFORMED`. */
function propertiesEnd(bytes: Uint8Array, at: number): number {
  if (at < bytes.length && bytes[at] !== OPEN) return MALFORMED;
  let depth = 0, inString = false;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte < 0x20) return MALFORMED;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) break;
  }
  if (at + 1 >= bytes.length) return CUT_OFF;
  return bytes[at + 1] === CLOSE ? at + 2 : MALFORMED;
}

/** Appends the decoded content of a string that `#stringEnd` accepted. */
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
