/** CSV: RFC 4180, UTF-8, CRLF, header once. */

import { stringify } from "@std/csv/stringify";
import type { Batch } from "../batch.ts";
import type { ByteBuffer } from "../byte_buffer.ts";
import type { Format, TailScan } from "./mod.ts";
import {
  appendBase64,
  ascii,
  byteTable,
  classify,
  COLUMNS,
  HIGH,
  isUtf8,
  rowEnds,
  SPECIAL,
  TimestampWriter,
} from "./fields.ts";

/**
 * What sends a field into quotes. More than RFC 4180 asks: every control character, because
 * `@std/csv` leaves a lone `\r` bare and Python then splits the row, and `;` and `|`, because
 * readers that guess the separator (DuckDB, Excel) may guess those.
 */
const TABLE = byteTable('",;|');
const QUOTE = 34, COMMA = 44, LF = 10;
const END = rowEnds((encoding, qos, retain, dup) => `,${encoding},${qos},${retain},${dup}\r\n`);
const timestamps = new TimestampWriter();

/** Line separators beyond ASCII that some readers split lines at: U+0085, U+2028, U+2029. */
function hasUnicodeBreak(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end - 1; i++) {
    if (bytes[i] === 0xc2 && bytes[i + 1] === 0x85) return true;
    if (bytes[i] === 0xe2 && bytes[i + 1] === 0x80 && (bytes[i + 2]! & 0xfe) === 0xa8) return true;
  }
  return false;
}

function appendQuoted(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  out.push(QUOTE);
  let from = start;
  for (let i = bytes.indexOf(QUOTE, start); i >= 0 && i < end; i = bytes.indexOf(QUOTE, i + 1)) {
    out.append(bytes, from, i + 1);
    out.push(QUOTE);
    from = i + 1;
  }
  out.append(bytes, from, end);
  out.push(QUOTE);
}

function appendField(
  bytes: Uint8Array,
  start: number,
  end: number,
  found: number,
  out: ByteBuffer,
): void {
  if ((found & SPECIAL) !== 0 || (found & HIGH) !== 0 && hasUnicodeBreak(bytes, start, end)) {
    appendQuoted(bytes, start, end, out);
  } else {
    out.append(bytes, start, end);
  }
}

function encode(batch: Batch, out: ByteBuffer): void {
  const { bytes } = batch.data;
  for (let i = 0; i < batch.count; i++) {
    const start = batch.topicStart(i);
    const topicEnd = batch.topicEnd(i);
    const end = batch.payloadEnd(i);
    timestamps.write(batch.time(i), out);
    out.push(COMMA);
    appendField(bytes, start, topicEnd, classify(TABLE, bytes, start, topicEnd), out);
    out.push(COMMA);
    const found = classify(TABLE, bytes, topicEnd, end);
    if ((found & HIGH) !== 0 && !isUtf8(bytes, topicEnd, end)) {
      appendBase64(batch, i, out);
      out.append(END.base64[batch.flags(i)]!);
    } else {
      appendField(bytes, topicEnd, end, found, out);
      out.append(END.utf8[batch.flags(i)]!);
    }
  }
}

/** The column names, as `@std/csv` writes them. */
const HEADER = ascii(stringify([], { columns: [...COLUMNS] }));

const TIMESTAMP = /^[-+]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,$/;
const ROW_END = /^(?:utf-8|base64),[012],(?:true|false),(?:true|false)\r\n$/;
const latin1 = new TextDecoder("latin1");

/** Whether a row seems to begin at `at`: a timestamp and a comma. */
function startsRow(bytes: Uint8Array, at: number): boolean {
  const comma = bytes.indexOf(COMMA, at);
  return comma > 0 && comma - at <= 28 &&
    TIMESTAMP.test(latin1.decode(bytes.subarray(at, comma + 1)));
}

/** End of the field that begins at `at`, -1 when it is cut off, -2 when it is malformed. */
function fieldEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) {
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === COMMA) return i;
      if (byte === QUOTE || byte < 0x20) return -2;
    }
    return -1;
  }
  let i = at + 1;
  for (;;) {
    i = bytes.indexOf(QUOTE, i);
    if (i < 0) return -1;
    if (bytes[i + 1] !== QUOTE) break;
    i += 2;
  }
  if (i + 1 >= bytes.length) return -1;
  return bytes[i + 1] === COMMA ? i + 1 : -2;
}

/** End of the row that begins at `at`, -1 when it is cut off, -2 when it is no row. */
export function rowEnd(bytes: Uint8Array, at: number): number {
  if (!startsRow(bytes, at)) {
    return bytes.length - at <= 28 && bytes.indexOf(LF, at) < 0 ? -1 : -2;
  }
  let end = bytes.indexOf(COMMA, at);
  for (let field = 0; field < 2; field++) {
    end = fieldEnd(bytes, end + 1);
    if (end < 0) return end;
  }
  const newline = bytes.indexOf(LF, end);
  if (newline < 0) return bytes.length - end <= 24 ? -1 : -2;
  return ROW_END.test(latin1.decode(bytes.subarray(end + 1, Math.min(newline + 1, end + 32))))
    ? newline + 1
    : -2;
}

/**
 * A quoted payload may hold line ends and even whole rows of ours, so a row's start cannot be told
 * from the bytes behind it. Each place where a row seems to begin is tried, the earliest first,
 * and read forwards by the strict grammar: only from a true start do the rows line up to the end
 * of the file, or to a row that is merely cut off.
 */
function scanTail(bytes: Uint8Array, atStart: boolean): TailScan {
  let cutOff = -1, broken = -1;
  let candidate = atStart ? HEADER.length : bytes.indexOf(LF) + 1;
  if (candidate === 0) return "more";
  while (candidate < bytes.length) {
    if (atStart && candidate === HEADER.length || startsRow(bytes, candidate)) {
      let at = candidate;
      let end = rowEnd(bytes, at);
      while (end >= 0 && end < bytes.length) end = rowEnd(bytes, at = end);
      if (end >= 0) return { end };
      if (end === -1 && at > candidate && cutOff < 0) cutOff = at;
      if (end === -2 && at > candidate) broken = Math.max(broken, at);
      // The first row's start is known for certain: nothing else needs trying.
      if (atStart && candidate === HEADER.length) return { end: at };
    }
    const next = bytes.indexOf(LF, candidate);
    if (next < 0) break;
    candidate = next + 1;
  }
  if (atStart && candidate === HEADER.length) return { end: candidate };
  if (cutOff >= 0) return { end: cutOff };
  return broken >= 0 && bytes.length >= MAX_WINDOW ? { end: broken } : "more";
}

/** Past this a file whose end makes no sense is cut behind the last whole row that was found. */
const MAX_WINDOW = 64 * 1024 * 1024;

export const csv = {
  extension: "csv",
  header: HEADER,
  separatorLength: 0,
  tail: new Uint8Array(0),
  firstRow: new Uint8Array(0),
  encode,
  scanTail,
} as const satisfies Format;

