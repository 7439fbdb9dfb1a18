/** What a file of a table is written from: columns, blocks of values, and the writer of a format. */

import type { LoggedGap } from "../gaps/read_gaps.ts";
import type { Lang } from "../locale/mod.ts";

/** What a column holds; see {@linkcode ColumnValues}. */
export type ColumnKind = "time" | "number" | "integer" | "boolean" | "text";

/** One column of a table. */
export interface Column {
  /** Its header, unique in the table whatever the case; in `wide` it names the unit already. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** The unit of all its numbers, `"°C"`. */
  readonly unit?: string;
  /** Its longest text, in characters. @default {unknown: the first pass was not needed} */
  readonly width?: number;
  /** Whether its values are few and repeat, so that a dictionary pays. @default {false} */
  readonly repeats?: boolean;
}

/**
 * The values of one column in a block:
 * - `time`: `Float64Array` of ms since 1970 UTC, NaN = absent
 * - `number`: `Float64Array`, NaN = absent
 * - `integer`: `Float64Array` of safe integers, NaN = absent
 * - `boolean`: `Uint8Array` of 0 and 1, 255 = absent
 * - `text`: strings, undefined = absent; a lone surrogate or a NUL may be in them
 */
export type ColumnValues = Float64Array | Uint8Array | (string | undefined)[];
/** The absent value of a boolean column. */
export const ABSENT_BOOLEAN = 255;

/**
 * Rows, column by column in the order of the table's columns, at most 65,536. Arrays may be longer
 * than `rows`, and are used again after `write` has resolved.
 */
export interface Block {
  readonly rows: number;
  readonly columns: readonly ColumnValues[];
}

/** How messages become rows. */
export type Shape = "rows" | "long" | "wide";

/** A topic and how many of its messages were chosen. */
export interface TopicTotal {
  readonly topic: string;
  readonly count: number;
}

/** What the recording is, for the sheet about it. */
export interface RecordingSummary {
  /** The files that were read. */
  readonly files: readonly string[];
  /** Messages chosen. */
  readonly messages: number;
  /** Times of the first and the last of them, ms since 1970 UTC; undefined without any. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
  /** Topics with most messages first; `otherTopics` messages belong to more of them. */
  readonly topics: readonly TopicTotal[];
  readonly otherTopics: number;
  readonly gaps: readonly LoggedGap[];
}

/** What is known of a table before its first row. */
export interface TableInfo {
  readonly columns: readonly Column[];
  readonly shape: Shape;
  /**
   * Rows that follow. -1 where only one pass is made: for `rows` and `long` in every format but
   * xlsx, whose writer asks for it with `countsRows`.
   */
  readonly rowCount: number;
  /** IANA name; `"UTC"` writes a Z where the format holds an offset. */
  readonly timeZone: string;
  /** Empty but for `files` where only one pass is made. */
  readonly summary: RecordingSummary;
  /**
   * The second table of SQLite in long shape: one row for each message. Its first column is `id`, to
   * which `message_id`, the first column of the samples, refers.
   */
  readonly messages?: { readonly columns: readonly Column[] };
  /** A spreadsheet's locale, of `--excel`; CSV only. */
  readonly excel?: string;
  /** Language of the names of sheets. */
  readonly lang: Lang;
}

/** Writes one file. */
export interface TableWriter {
  /** Writes rows; resolves when the block may be used again. */
  write(block: Block): Promise<void>;
  /** Writes rows of {@linkcode TableInfo.messages}, before the samples that refer to them. */
  writeMessages?(block: Block): Promise<void>;
  /** Completes and closes the file, synced to the disk. */
  finish(): Promise<void>;
  /** Closes the file, which the caller removes; never throws, also after a failed `write`. */
  abort(): Promise<void>;
}

/** @param path A temporary name beside the wanted one, which does not exist yet. */
export type OpenTableWriter = (path: string, info: TableInfo) => Promise<TableWriter>;

/** What a module in `writers/` exports as `format`. */
export interface TableFormat {
  readonly open: OpenTableWriter;
  /** Columns that the format can hold. */
  readonly maxColumns: number;
  /** Whether it needs `rowCount`, widths and the summary, and so a first pass. @default {false} */
  readonly countsRows?: boolean;
  /** Whether it writes {@linkcode TableInfo.messages} in long shape. @default {false} */
  readonly hasMessages?: boolean;
}
