/** JSON: one array, one object a line, valid after every commit. */

import { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { BYTE_CLASSES } from "../message/byte_classes.ts";
import {
  END,
  END_WITH_PROPERTIES,
  ESCAPED,
  JsonRows,
  PAYLOAD,
  ROW_START,
  SHORT,
  TOPIC,
} from "./json_rows.ts";
import type { EndScan, Format } from "./format.ts";
import { rowEncoder } from "./row_encoder.ts";
import { COLUMNS, MAX_PACKET, PROPERTIES, RowStart } from "./fields.ts";
import { CUT_OFF, literalEnd, MALFORMED } from "./read_fields.ts";
import { ascii } from "../message/utf8.ts";

const HEADER = ascii("[");
const firstRow = ascii(ROW_START.slice(1));
const objectStart = firstRow.subarray(1);
const HEX = ascii("0123456789abcdef");
const UNICODE = ascii("u00");
const rowStart = new RowStart(ROW_START, TOPIC);
export const payloadStart = ascii(PAYLOAD);

const NEWLINE = 10, COMMA = 44, BACKSLASH = 92, OPEN = 123, CLOSE = 125;

/** Bytes escaped at a time, to reserve little room for the worst case. */
const CHUNK_BYTES = 16 * 1024;
/** Bytes of the longest escape of one byte. */
export const LONGEST_ESCAPE = 6;

/** Appends bytes that are valid UTF-8 as the inside of a JSON string. */
function appendEscaped(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  for (let from = start; from < end; from += CHUNK_BYTES) {
    const stop = Math.min(from + CHUNK_BYTES, end);
    out.reserve(LONGEST_ESCAPE * (stop - from));
    const target = out.bytes;
    let at = out.length;
    for (let i = from; i < stop; i++) {
      const byte = bytes[i]!;
      if ((BYTE_CLASSES[byte]! & ESCAPED) === 0) {
        target[at++] = byte;
        continue;
      }
      target[at++] = BACKSLASH;
      const short = SHORT[byte]!;
      if (short !== 0) {
        target[at++] = short;
        continue;
      }
      for (let k = 0; k < UNICODE.length; k++) target[at++] = UNICODE[k]!;
      target[at++] = HEX[byte >> 4]!;
      target[at++] = HEX[byte & 15]!;
    }
    out.length = at;
  }
}

/** @param classes Byte classes of the string. */
export function appendString(
  data: ByteBuffer,
  start: number,
  end: number,
  classes: number,
  out: ByteBuffer,
): void {
  if ((classes & ESCAPED) !== 0) appendEscaped(data.bytes, start, end, out);
  else out.appendPadded(data.bytes, data.paddedView, start, end);
}

/**
 * Scans backwards, line by line: rows contain no raw line feed, so the last whole row is the last
 * line that parses.
 */
function scanEnd(
  bytes: Uint8Array,
  atStart: boolean,
  isRow: (line: Uint8Array) => boolean,
): EndScan {
  let stop = bytes.length;
  // A power cut can leave zeros right after a whole row.
  while (bytes[stop - 1] === 0) stop--;
  while (stop > 0) {
    const newline = bytes.lastIndexOf(NEWLINE, stop - 1);
    if (newline < 0) break;
    const end = bytes[stop - 1] === COMMA ? stop - 1 : stop;
    if (isRow(bytes.subarray(newline + 1, end))) return { end };
    stop = newline;
  }
  if (!atStart) return "more";
  // No row was found. A whole first line that is no row makes the file foreign.
  const first = bytes.indexOf(NEWLINE, 2);
  return first >= 0 && bytes[2] === OPEN ? "foreign" : { end: 1 };
}

/** See `Layout.rowEnd`. */
function rowEnd(bytes: Uint8Array, at: number, isRow: (line: Uint8Array) => boolean): number {
  const start = literalEnd(bytes, at, objectStart);
  if (start < 0) return start;
  const newline = bytes.indexOf(NEWLINE, at);
  if (newline < 0) return CUT_OFF;
  const end = bytes[newline - 1] === COMMA ? newline - 1 : newline;
  return isRow(bytes.subarray(at, end)) ? end : MALFORMED;
}

/** Longest row checked with `JSON.parse`; a longer one is checked at its start and end only. */
const MAX_PARSED = 1 << 20;

function isRow(line: Uint8Array, keys: string): boolean {
  if (line[0] !== OPEN || line[line.length - 1] !== CLOSE) return false;
  const decoder = new TextDecoder();
  if (line.length > MAX_PARSED) {
    return /","encoding":"[^"]+","qos":\d,.*\}$/.test(decoder.decode(line.subarray(-200)));
  }
  try {
    return Object.keys(JSON.parse(decoder.decode(line))).join() === keys;
  } catch {
    return false;
  }
}

const NO_PROPERTIES = ascii("{}");

/** Appends the properties of message `i`, and closes its object. */
export function appendProperties(batch: Batch, i: number, out: ByteBuffer): void {
  const from = batch.propertiesStart(i), to = batch.propertiesEnd(i);
  if (to > from) out.append(batch.properties.bytes, from, to);
  else out.append(NO_PROPERTIES);
  out.push(CLOSE);
}

const decoder = new TextDecoder();
const columnKeys = COLUMNS.map((column) => new RegExp(`"${column}"\\s*:`));

/** Whether an editor or another program wrote objects with our keys, in its own layout. */
function isResaved(head: Uint8Array): boolean {
  if ([...HEADER, ...firstRow].every((byte, i) => head[i] === byte)) return false;
  const text = decoder.decode(head);
  return /^\s*\[?\s*\{/.test(text) && columnKeys.every((key) => key.test(text));
}

/** Tells whether a line without its line feed is a row. */
export function rowTest(withProperties: boolean): (line: Uint8Array) => boolean {
  const rows = new JsonRows(withProperties);
  const keys = (withProperties ? [...COLUMNS, PROPERTIES] : COLUMNS).join();

  /**
   * Reads a whole long row, because its properties may be longer than the end that `isRow` checks.
   */
  function isLongRow(line: Uint8Array): boolean {
    const row = new Uint8Array(line.length + 1);
    row[0] = NEWLINE;
    row.set(line, 1);
    return rows.read(row, 0, true, new Batch()) === row.length;
  }

  return (line) => withProperties && line.length > MAX_PARSED ? isLongRow(line) : isRow(line, keys);
}

/** @param withProperties Whether rows end with a key for properties. */
function jsonFormat(withProperties: boolean) {
  const rows = new JsonRows(withProperties);
  const isOneRow = rowTest(withProperties);
  return {
    extension: "json",
    header: HEADER,
    separatorLength: 1,
    footer: ascii("\n]\n"),
    firstRow,
    resaved: isResaved,
    longestRow: LONGEST_ESCAPE * MAX_PACKET,
    encode: rowEncoder({
      start: rowStart,
      between: payloadStart,
      ends: withProperties ? END_WITH_PROPERTIES : END,
      special: ESCAPED,
      appendField: appendString,
      appendProperties: withProperties ? appendProperties : undefined,
    }),
    scanEnd: (bytes, atStart) => scanEnd(bytes, atStart, isOneRow),
    rowEnd: (bytes, at) => rowEnd(bytes, at, isOneRow),
    readRow: (bytes, at, first, batch) => rows.read(bytes, at, first, batch),
  } as const satisfies Format;
}

export const json = jsonFormat(false);
/** With a key for properties. */
export const jsonWithProperties = jsonFormat(true);
