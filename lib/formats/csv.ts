/** CSV: RFC 4180, UTF-8, CRLF, header once. */

import { stringify } from "@std/csv/stringify";
import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { CsvRows } from "./csv_rows.ts";
import { isResaved } from "./csv_resaved.ts";
import { scanEnd } from "./csv_end_scan.ts";
import { CONTROL, HIGH, QUOTE as QUOTES, SEPARATOR } from "../message/byte_classes.ts";
import type { Format } from "./format.ts";
import { rowEncoder } from "./row_encoder.ts";
import { COLUMNS, MAX_PACKET, PROPERTIES, rowEnds, RowStart } from "./fields.ts";
import { ascii } from "../message/utf8.ts";

/**
 * Byte classes of fields that need quotes. Beyond RFC 4180: every control character, because Python
 * splits a row at a bare `\r`, and `;` and `|`, because readers that guess the separator (DuckDB,
 * Excel) may guess those.
 */
const SPECIAL = CONTROL | QUOTES | SEPARATOR;
const QUOTE = 34;
const COMMA = ascii(",");
const CRLF = ascii("\r\n");
const rowStart = new RowStart("", ",");

/** Line separators beyond ASCII that some readers split lines at: U+0085, U+2028, U+2029. */
function hasUnicodeBreak(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end - 1; i++) {
    if (bytes[i] === 0xc2 && bytes[i + 1] === 0x85) return true;
    if (bytes[i] === 0xe2 && bytes[i + 1] === 0x80 && (bytes[i + 2]! & 0xfe) === 0xa8) return true;
  }
  return false;
}

/** Bytes quoted at a time, to reserve little room for the worst case. */
const CHUNK_BYTES = 64 * 1024;

/** Appends a field in quotes and doubles the quotes in it. */
function appendQuoted(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  out.push(QUOTE);
  for (let from = start; from < end; from += CHUNK_BYTES) {
    const stop = Math.min(from + CHUNK_BYTES, end);
    out.reserve(2 * (stop - from));
    const target = out.bytes;
    let at = out.length;
    for (let i = from; i < stop; i++) {
      const byte = bytes[i]!;
      target[at++] = byte;
      if (byte === QUOTE) target[at++] = QUOTE;
    }
    out.length = at;
  }
  out.push(QUOTE);
}

/** @param classes Byte classes of the field. */
function appendField(
  data: ByteBuffer,
  start: number,
  end: number,
  classes: number,
  out: ByteBuffer,
): void {
  const { bytes } = data;
  if ((classes & SPECIAL) !== 0 || (classes & HIGH) !== 0 && hasUnicodeBreak(bytes, start, end)) {
    appendQuoted(bytes, start, end, out);
  } else {
    out.appendPadded(bytes, data.paddedView, start, end);
  }
}

function appendProperties(batch: Batch, i: number, out: ByteBuffer): void {
  const from = batch.propertiesStart(i), to = batch.propertiesEnd(i);
  if (to > from) appendQuoted(batch.properties.bytes, from, to, out);
  out.append(CRLF);
}

/** Worst case: every byte is doubled; in properties a control character takes six bytes. */
const LONGEST_ROW = 2 * MAX_PACKET, LONGEST_WITH_PROPERTIES = 6 * MAX_PACKET;

/** @param withProperties Whether rows end with a column of properties. */
function csvFormat(withProperties: boolean) {
  const last = withProperties ? "," : "\r\n";
  const ends = rowEnds((encoding, qos, retain, dup) =>
    `,${encoding},${qos},${retain},${dup}${last}`
  );
  const rows = new CsvRows(ends, withProperties);
  const columns = withProperties ? [...COLUMNS, PROPERTIES] : [...COLUMNS];
  /** The column names, as `@std/csv` writes them. */
  const header = ascii(stringify([], { columns }));
  const longestRow = withProperties ? LONGEST_WITH_PROPERTIES : LONGEST_ROW;

  return {
    extension: "csv",
    header,
    separatorLength: 0,
    footer: new Uint8Array(0),
    firstRow: new Uint8Array(0),
    longestRow,
    resaved: (head, tail) => isResaved(header, rows, head, tail),
    encode: rowEncoder({
      start: rowStart,
      between: COMMA,
      ends,
      special: SPECIAL,
      appendField,
      appendProperties: withProperties ? appendProperties : undefined,
    }),
    scanEnd: (bytes, atStart) => scanEnd(bytes, atStart ? header.length : -1, rows, longestRow),
    rowEnd: (bytes, at) => rows.end(bytes, at),
    readRow: (bytes, at, _first, batch) => rows.read(bytes, at, batch),
  } as const satisfies Format;
}

export const csv = csvFormat(false);
/** With a column of properties. */
export const csvWithProperties = csvFormat(true);
