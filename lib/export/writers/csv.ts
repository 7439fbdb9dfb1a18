/** CSV: RFC 4180 in UTF-8; with `--excel` as Excel of a language opens it at a double click. */

import type { ByteBuffer } from "../../message/byte_buffer.ts";
import { padded, type PaddedBytes } from "../../message/padded_copy.ts";
import { byteClassesOf, CONTROL, NUL, QUOTE, SEPARATOR } from "../../message/byte_classes.ts";
import { EXCEL_LOCALES, type ExcelLocale, excelText } from "../excel_locales.ts";
import {
  ABSENT_BOOLEAN,
  type Block,
  type Column,
  type ColumnValues,
  type TableFormat,
  type TableInfo,
  type TableWriter,
} from "../table.ts";
import { IsoText, Zone } from "../zone.ts";
import { ByteFile } from "./byte_file.ts";
import { appendNumber } from "./number_text.ts";

/** Longest text that is written letter by letter: 15 instead of 60 ns. */
const SHORT = 24;
/** Texts of one column that are kept encoded. */
const MAX_KEPT = 10_000, MAX_KEPT_LENGTH = 1000;
/** From this length on, the exact size of a text is worth an allocation. */
const LONG = 1 << 20;
const CRLF = "\r\n", BOM = "\ufeff";
/** Excel holds 15 digits of a number. */
const EXCEL_INTEGER = 1e15;
const encoder = new TextEncoder();

/** How cells are written. */
interface Style {
  readonly separator: number;
  readonly decimal: number;
  readonly locale: ExcelLocale | undefined;
  readonly zone: Zone;
}

/** Appends the cell of a row. */
type Cell = (values: ColumnValues, row: number, out: ByteBuffer) => void;

export const format: TableFormat = {
  maxColumns: 16_384,
  async open(path, info) {
    return new CsvWriter(await ByteFile.create(path), info);
  },
};

class CsvWriter implements TableWriter {
  readonly #file: ByteFile;
  readonly #cells: readonly Cell[];
  readonly #separator: number;

  constructor(file: ByteFile, { columns, timeZone, excel }: TableInfo) {
    const locale = excel === undefined ? undefined : EXCEL_LOCALES.get(excel);
    const separator = locale?.separator ?? ",";
    const style: Style = {
      separator: separator.charCodeAt(0),
      decimal: (locale?.decimal ?? ".").charCodeAt(0),
      locale,
      zone: new Zone(timeZone),
    };
    this.#file = file;
    this.#separator = style.separator;
    this.#cells = columns.map((column) => cellOf(column, style));
    const names = columns.map(({ name }) => spell(name, locale));
    file.out.append(encoder.encode(`${locale ? BOM : ""}${names.join(separator)}${CRLF}`));
  }

  async write({ rows, columns }: Block): Promise<void> {
    const cells = this.#cells, separator = this.#separator;
    for (let row = 0; row < rows; row++) {
      const { out } = this.#file;
      for (let i = 0; i < cells.length; i++) {
        if (i > 0) out.push(separator);
        cells[i]!(columns[i]!, row, out);
      }
      out.push(13);
      out.push(10);
      if (this.#file.isFull) await this.#file.flush();
    }
  }

  finish(): Promise<void> {
    return this.#file.finish();
  }

  abort(): Promise<void> {
    return this.#file.abort();
  }
}

function cellOf({ kind, repeats }: Column, style: Style): Cell {
  const { locale, decimal } = style;
  switch (kind) {
    case "time":
      return locale ? excelTime(style) : isoTime(style);
    case "number":
    case "integer":
      return (values, row, out) => {
        const value = values[row] as number;
        if (value !== value) return;
        if (locale && Number.isInteger(value) && Math.abs(value) >= EXCEL_INTEGER) {
          out.append(encoder.encode(spell(`${value}`, locale)));
        } else appendNumber(out, value, decimal);
      };
    case "boolean": {
      const words = [locale?.false ?? "false", locale?.true ?? "true"].map((w) =>
        encoder.encode(w)
      );
      return (values, row, out) => {
        const value = values[row] as number;
        if (value !== ABSENT_BOOLEAN) out.append(words[value]!);
      };
    }
    case "text":
      return repeats ? keptText(locale) : text(locale);
  }
}

function isoTime({ zone }: Style): Cell {
  const iso = new IsoText(zone);
  return (values, row, out) => {
    const time = values[row] as number;
    if (time === time) iso.append(out, time);
  };
}

/**
 * The local clock, in the one form that Excel takes for a date in every language. Without decimals
 * where there are none: with them Excel shows minutes and seconds only.
 */
function excelTime({ zone, decimal }: Style): Cell {
  const iso = new IsoText(new Zone("UTC"));
  return (values, row, out) => {
    const time = values[row] as number;
    if (time !== time) return;
    iso.append(out, time + zone.offset(time));
    // It ends with `T08:30:00.123Z`.
    const end = out.length - 1;
    out.bytes[end - 13] = 32;
    out.bytes[end - 4] = decimal;
    out.length = time % 1000 === 0 ? end - 4 : end;
  };
}

function text(locale: ExcelLocale | undefined): Cell {
  return (values, row, out) => {
    const text = values[row] as string | undefined;
    if (text !== undefined) appendText(text, out, locale);
  };
}

/** A column whose texts come again: each is encoded once. */
function keptText(locale: ExcelLocale | undefined): Cell {
  const kept = new Map<string, PaddedBytes>();
  return (values, row, out) => {
    const text = values[row] as string | undefined;
    if (text === undefined) return;
    let bytes = kept.get(text);
    if (bytes === undefined) {
      bytes = padded(encoder.encode(spell(text, locale)));
      if (kept.size < MAX_KEPT && text.length <= MAX_KEPT_LENGTH) kept.set(text, bytes);
    }
    out.appendConstant(bytes);
  };
}

function appendText(text: string, out: ByteBuffer, locale: ExcelLocale | undefined): void {
  if (locale || text.length > LONG) return out.append(encoder.encode(spell(text, locale)));
  const start = out.length;
  out.reserve(3 * text.length);
  if (text.length <= SHORT) {
    const { bytes } = out;
    let at = start, i = 0;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) break;
      bytes[at++] = code;
    }
    if (i === text.length) out.length = at;
  }
  if (out.length === start) {
    out.length += encoder.encodeInto(text, out.bytes.subarray(start)).written;
  }
  const classes = byteClassesOf(out.bytes, start, out.length);
  if ((classes & NUL) !== 0) {
    out.length = start;
    out.append(encoder.encode(spell(text, undefined)));
  } else if ((classes & (CONTROL | QUOTE | SEPARATOR)) !== 0 || LINE_ENDS.test(text)) {
    quote(out, start);
  }
}

/** Puts the text from `start` on in quotes, and doubles those in it. */
function quote(out: ByteBuffer, start: number): void {
  let quotes = 2;
  for (let i = start; i < out.length; i++) if (out.bytes[i] === 34) quotes++;
  out.reserve(quotes);
  const { bytes } = out;
  let to = out.length + quotes - 1;
  bytes[to--] = 34;
  for (let i = out.length - 1; i >= start; i--) {
    const byte = bytes[to--] = bytes[i]!;
    if (byte === 34) bytes[to--] = 34;
  }
  bytes[start] = 34;
  out.length += quotes;
}

/** Ends of a line beyond ASCII. */
const LINE_ENDS = /[\x85\u2028\u2029]/;
/** Characters that are in quotes, as in the recorded files: readers split lines or cells at them. */
// deno-lint-ignore no-control-regex
const SPECIAL = /[\x00-\x1f\x7f",;|\x85\u2028\u2029]/;

/** A text as a cell. A NUL becomes U+FFFD: it ends the text, or the file, for most readers. */
function spell(text: string, locale: ExcelLocale | undefined): string {
  const safe = (locale ? excelText(text) : text).replaceAll("\0", "\ufffd");
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
