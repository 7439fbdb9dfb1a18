/** The file formats. Each turns a batch into bytes and knows no file. */

import type { Batch } from "../batch.ts";
import type { ByteBuffer } from "../byte_buffer.ts";
import { csv } from "./csv.ts";
import { json } from "./json.ts";

/**
 * Where the last whole row ends, as an offset into the bytes looked at; `"more"` when they do not
 * show it and a longer piece of the file's end is needed; `"foreign"` when the file begins as ours
 * do and holds somebody else's rows.
 */
export type TailScan = { readonly end: number } | "more" | "foreign";

/** How a file begins, continues and ends. */
export interface Layout {
  /** File name extension, without the dot. */
  readonly extension: string;
  /** The first bytes of every file. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** What every row begins with and the first row of a file leaves out: its length in bytes. */
  readonly separatorLength: number;
  /** What closes the file; the next commit overwrites it. */
  readonly tail: Uint8Array<ArrayBuffer>;
  /** What follows the header in a file of ours that has rows (to tell ours from foreign ones). */
  readonly firstRow: Uint8Array<ArrayBuffer>;
  /**
   * Finds the end of the last whole row in the last bytes of a file.
   *
   * @param bytes The file's end.
   * @param atStart Whether `bytes` is the whole file, header included.
   */
  scanTail(bytes: Uint8Array, atStart: boolean): TailScan;
}

/** One file format for messages. */
export interface Format extends Layout {
  /** Appends one row per message to `out`. */
  encode(batch: Batch, out: ByteBuffer): void;
}

/** Every format there is. Static, because `deno compile` sees only what is imported. */
export const FORMATS = { csv, json } satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
