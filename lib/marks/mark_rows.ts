/** The rows of marks: `timestamp,text`, RFC 4180, the text always in quotes. */

import { stringify } from "@std/csv/stringify";
import type { Layout } from "../formats/mod.ts";
import { ascii } from "../message/utf8.ts";

/** What a person noted while a recording ran. */
export interface Mark {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly text: string;
}

/** The columns of the file, a contract. */
export const MARK_COLUMNS = ["timestamp", "text"] as const;

const LF = 10, QUOTE = 34, COMMA = 44;
const ROW = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z),"((?:[^"]|"")*)"\r\n$/;

/** The row of a mark, with its line end. */
export function markRow({ time, text }: Mark): string {
  // A NUL is what a power cut leaves, and ends the text for pandas.
  const safe = text.replaceAll("\0", "\ufffd").toWellFormed().replaceAll('"', '""');
  return `${new Date(time).toISOString()},"${safe}"\r\n`;
}

/** The mark of a row as {@linkcode markRow} writes it; undefined for any other text. */
export function parseMarkRow(row: string): Mark | undefined {
  const [, iso, text] = ROW.exec(row) ?? [];
  const time = Date.parse(iso ?? "");
  if (isNaN(time) || text!.includes("\0")) return undefined;
  return { time, text: text!.replaceAll('""', '"') };
}

/** Where a reader of CSV stands: at a field's start, in one, inside quotes, behind a quote there. */
type Place = "start" | "text" | "quoted" | "quote";

/** Finds the ends of CSV rows in bytes that come in parts; a line end inside quotes ends none. */
export class RowEnds {
  #place: Place = "start";

  /** The offset behind the first row that ends in `bytes` from `at` on; -1: none does. */
  next(bytes: Uint8Array, at: number): number {
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]!;
      const inQuotes = this.#place === "quoted";
      if (byte === QUOTE) {
        // A quote within an unquoted field is text; a doubled one closes and opens.
        if (inQuotes) this.#place = "quote";
        else if (this.#place !== "text") this.#place = "quoted";
      } else if (!inQuotes) {
        this.#place = byte === COMMA || byte === LF ? "start" : "text";
        if (byte === LF) return i + 1;
      }
    }
    return -1;
  }
}

/** How the file of marks begins and ends. */
export const MARK_LAYOUT: Layout = {
  extension: "marks.csv",
  header: ascii(stringify([], { columns: [...MARK_COLUMNS] })),
  separatorLength: 0,
  footer: new Uint8Array(0),
  firstRow: new Uint8Array(0),
  // People write few marks: the whole file may be read for its end.
  longestRow: 1 << 28,
  scanEnd(bytes, atStart) {
    // Whether a line end lies inside quotes shows from the first row on only.
    if (!atStart) return "more";
    const ends = new RowEnds();
    let end = 0;
    for (let next = 0; (next = ends.next(bytes, next)) > 0;) end = next;
    return end === 0 ? "foreign" : { end };
  },
};
