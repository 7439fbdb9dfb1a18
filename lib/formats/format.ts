/**
 * What a file format defines: how its files begin, continue and end, and how its rows are read and
 * written.
 */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";

/**
 * Offset where the last whole row ends in the scanned bytes; `"more"` if a longer part of the
 * file's end is needed; `"foreign"` if the file has our header and foreign rows.
 */
export type EndScan = { readonly end: number; readonly ambiguity?: Ambiguity } | "more" | "foreign";

/**
 * The condition of an answer: `byte` must not occur before the scanned bytes within the file's last
 * `within` bytes. If it does, a longer part that includes it must be scanned.
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
  /** Length in bytes of the separator before every row but the first of a file. */
  readonly separatorLength: number;
  /** Bytes that close the file; the next commit overwrites them. */
  readonly footer: Uint8Array<ArrayBuffer>;
  /** Bytes after the header of every file with rows, to recognise foreign files. */
  readonly firstRow: Uint8Array<ArrayBuffer>;
  /**
   * Whether another program has saved a file of ours anew, in its own spelling.
   *
   * @param head The file's first bytes.
   * @param tail Its last bytes, perhaps the same.
   */
  resaved?(head: Uint8Array, tail: Uint8Array): boolean;
  /** Upper bound of a row in bytes; beyond it a reader misled by a stray quote gives up. */
  readonly longestRow: number;
  /**
   * Finds the end of the last whole row in the last bytes of a file.
   *
   * @param bytes The file's end.
   * @param atStart Whether `bytes` is the whole file, header included.
   */
  scanEnd(bytes: Uint8Array, atStart: boolean): EndScan;
  /**
   * Where the row ends that may begin at `at`, where a line begins: `CUT_OFF` (-1) if it goes on
   * beyond `bytes`, `MALFORMED` (-2) if none begins there. Needed only where rows may be long.
   */
  rowEnd?(bytes: Uint8Array, at: number): number;
}

/** One file format for messages. */
export interface Format extends Layout {
  /**
   * Appends one row per message to `out`.
   *
   * @param from, to The first of them and the one behind the last. @default {all}
   */
  encode(batch: Batch, out: ByteBuffer, from?: number, to?: number): void;
  /**
   * Reads one row, the inverse of `encode`, and packs it. Strict: it refuses any other order,
   * spelling or spacing, however valid.
   *
   * @param bytes A part of the file; the row may end beyond it.
   * @param at Where the row begins in `bytes`, including its separator.
   * @param first Whether it is the first of its file, which has no separator.
   * @returns Where it ends in `bytes`. Otherwise nothing is packed: `CUT_OFF` (-1, more bytes are
   * needed) or `MALFORMED` (-2, no row of ours).
   */
  readRow(bytes: Uint8Array, at: number, first: boolean, batch: Batch): number;
}
