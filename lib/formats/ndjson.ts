/**
 * NDJSON: the objects of the JSON file without its array, one a line, the way `tail -f`, `jq` and
 * DuckDB read them while the file grows.
 */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { ascii } from "../message/utf8.ts";
import { MAX_PACKET, RowStart } from "./fields.ts";
import type { EndScan, Format } from "./format.ts";
import { appendProperties, appendString, LONGEST_ESCAPE, payloadStart, rowTest } from "./json.ts";
import {
  END_WITH_PROPERTIES,
  ESCAPED,
  JsonRows,
  LINE_END,
  LINE_START,
  TOPIC,
} from "./json_rows.ts";
import { CUT_OFF, literalEnd, MALFORMED } from "./read_fields.ts";
import { rowEncoder } from "./row_encoder.ts";

const NEWLINE = 10, OPEN = 123;
const lineStart = ascii(LINE_START);
const rowStart = new RowStart(LINE_START, TOPIC);

/** Scans backwards, line by line: the last whole row is the last line that parses. */
function scanLines(
  bytes: Uint8Array,
  atStart: boolean,
  isRow: (line: Uint8Array) => boolean,
): EndScan {
  for (let end = bytes.lastIndexOf(NEWLINE) + 1; end > 0;) {
    const start = bytes.subarray(0, end - 1).lastIndexOf(NEWLINE) + 1;
    if (start === 0 && !atStart) break;
    if (isRow(bytes.subarray(start, end - 1))) return { end };
    end = start;
  }
  if (!atStart) return "more";
  // No row was found. A whole first line that is no row makes the file foreign, and so does
  // anything but the start of a row or what a power cut leaves.
  const [byte] = bytes;
  return bytes.includes(NEWLINE) || (byte !== OPEN && bytes.some((byte) => byte !== 0))
    ? "foreign"
    : { end: 0 };
}

/** See `Layout.rowEnd`. */
function rowEnd(bytes: Uint8Array, at: number, isRow: (line: Uint8Array) => boolean): number {
  const start = literalEnd(bytes, at, lineStart);
  if (start < 0) return start;
  const newline = bytes.indexOf(NEWLINE, at);
  if (newline < 0) return CUT_OFF;
  return isRow(bytes.subarray(at, newline)) ? newline + 1 : MALFORMED;
}

function appendPropertiesAndLineEnd(batch: Batch, i: number, out: ByteBuffer): void {
  appendProperties(batch, i, out);
  out.push(NEWLINE);
}

/** @param withProperties Whether rows end with a key for properties. */
function ndjsonFormat(withProperties: boolean) {
  const rows = new JsonRows(withProperties, true);
  const isOneRow = rowTest(withProperties);
  return {
    extension: "ndjson",
    header: new Uint8Array(0),
    separatorLength: 0,
    footer: new Uint8Array(0),
    firstRow: lineStart,
    longestRow: LONGEST_ESCAPE * MAX_PACKET,
    encode: rowEncoder({
      start: rowStart,
      between: payloadStart,
      ends: withProperties ? END_WITH_PROPERTIES : LINE_END,
      special: ESCAPED,
      appendField: appendString,
      appendProperties: withProperties ? appendPropertiesAndLineEnd : undefined,
    }),
    scanEnd: (bytes, atStart) => scanLines(bytes, atStart, isOneRow),
    rowEnd: (bytes, at) => rowEnd(bytes, at, isOneRow),
    readRow: (bytes, at, first, batch) => rows.read(bytes, at, first, batch),
  } as const satisfies Format;
}

export const ndjson = ndjsonFormat(false);
/** With a key for properties. */
export const ndjsonWithProperties = ndjsonFormat(true);
