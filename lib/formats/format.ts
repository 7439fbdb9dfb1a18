/** What a file format is: how its files begin, continue and end, and how its rows are read and written. */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";

/**
 * Where the last whole row ends, as an offset into the bytes looked at; `"more"` when they do not
 * show it and a longer piece of the file's end is needed; `"foreign"` when the file begins as ours
 * do and holds somebody else's rows.
 */
export type EndScan = { readonly end: number; readonly ambiguity?: Ambiguity } | "more" | "foreign";

/**
 * What makes an answer doubtful: this byte, where it stands before the bytes looked at and in the
 * file's last `within` bytes. Then a longer piece, with it, is to be looked at.
 */
export interface Ambiguity {
  readonly byte: number;
  readonly within: number;
}

/** How a file begins, continues and ends. */
export interface Layout {
  /** File name extension, without the dot. */
  readonly extension: string;
  /** The first bytes of every file. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** What every row begins with and the first row of a file leaves out: its length in bytes. */
  readonly separatorLength: number;
  /** What closes the file; the next commit overwrites it. */
  readonly footer: Uint8Array<ArrayBuffer>;
  /** What follows the header in a file of ours that has rows (to tell ours from foreign ones). */
  readonly firstRow: Uint8Array<ArrayBuffer>;
  /** Bytes no row exceeds: a reader lost behind a stray quote stops looking there. */
  readonly longestRow: number;
  /**
   * Finds the end of the last whole row in the last bytes of a file.
   *
   * @param bytes The file's end.
   * @param atStart Whether `bytes` is the whole file, header included.
   */
  scanEnd(bytes: Uint8Array, atStart: boolean): EndScan;
  /**
   * The same where a row is known to begin at `at`, or the rows to end; `"more"` when that cannot
   * be. Only where `scanEnd` may have to guess.
   *
   * @param bytes The file's end, with at least the two bytes before `at`.
   */
  scanFrom?(bytes: Uint8Array, at: number): EndScan;
}

/** One file format for messages. */
export interface Format extends Layout {
  /** Appends one row per message to `out`. */
  encode(batch: Batch, out: ByteBuffer): void;
  /**
   * Reads one row back, the inverse of `encode`, and packs it. Strict: another order, spelling or
   * spacing is no row of ours, however valid.
   *
   * @param bytes What is known of the file; a row may end beyond it.
   * @param at Where the row begins in `bytes`, what it is separated with included.
   * @param first Whether it is the first of its file, which has no separator.
   * @returns Where it ends in `bytes`, or `CUT_OFF` (-1, more bytes are needed), or `MALFORMED`
   * (-2, no row of ours); then nothing is packed.
   */
  readRow(bytes: Uint8Array, at: number, first: boolean, batch: Batch): number;
}
