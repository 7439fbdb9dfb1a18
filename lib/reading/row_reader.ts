/** Reads the rows of a file, a batch at a time, in bounded memory. */

import { Batch } from "../message/batch.ts";
import type { SeekableFile } from "../files/gzip_file.ts";
import type { Format } from "../formats/mod.ts";
import { MALFORMED } from "../formats/read_fields.ts";

/** Bytes read at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * How the rows end: `"whole"` (the footer, a part of it, or nothing follows), `"cut off"` (a row
 * continues past the end), `"malformed"` (something that is no row follows).
 */
export type Ending = "whole" | "cut off" | "malformed";

/** Where to read. Offsets are row boundaries: see {@linkcode RowReader.position}. */
export interface RowRange {
  /** @default {after the header} */
  readonly from?: number;
  /** End of the range. @default {Infinity, the end of the file} */
  readonly to?: number;
  /** Rows may hold raw NULs, as version 0.1.0 wrote them in CSV. @default {true} */
  readonly rawNuls?: boolean;
  /** Bytes read at once; the buffer grows only for a row that is longer. @default {1 MB} */
  readonly chunkBytes?: number;
}

/**
 * Row boundaries are the offsets where a row begins, including its separator, or where the footer
 * begins: in JSON the offset after a `}` or the `[`, in CSV the start of a line.
 *
 * The caller opens and closes the file.
 */
export class RowReader {
  /** The rows of the last `read`. */
  readonly batch = new Batch();
  /** How the rows end; undefined until `read` returns false. */
  ending: Ending | undefined;
  readonly #file: SeekableFile;
  readonly #format: Format;
  readonly #chunkBytes: number;
  readonly #rawNuls: boolean;
  /** Offset in the file where each row of the batch ends. */
  readonly #ends: number[] = [];
  /** Where the batch begins. */
  #from: number;
  #to: number;
  /** Bytes of the file from `#at` on; the first `#length` are valid. */
  #buffer: Uint8Array<ArrayBuffer>;
  #at: number;
  #length = 0;

  constructor(
    file: SeekableFile,
    format: Format,
    { from = format.header.length, to = Infinity, rawNuls = true, chunkBytes = CHUNK_BYTES }:
      RowRange = {},
  ) {
    this.#file = file;
    this.#format = format;
    this.#chunkBytes = chunkBytes;
    this.#rawNuls = rawNuls;
    this.#buffer = new Uint8Array(chunkBytes);
    this.#from = this.#at = from;
    this.#to = to;
  }

  /** The boundary after the last row of the batch. */
  get position(): number {
    return this.#ends.at(-1) ?? this.#from;
  }

  /** The boundary before row `i` of the batch. */
  start(i: number): number {
    return i === 0 ? this.#from : this.#ends[i - 1]!;
  }

  /** Reads the next rows, at least one, into `batch`; false when there are no more. */
  async read(): Promise<boolean> {
    this.#from = this.position;
    this.#ends.length = 0;
    this.batch.clear();
    while (this.ending === undefined) {
      const more = await this.#fill();
      const stopped = this.#parse();
      if (this.batch.count > 0) return true;
      if (!more) this.ending = this.#atFooter() ? "whole" : stopped;
      // The footer is no row either and may be incomplete: read on before judging.
      else if (stopped === "malformed" && this.#length > this.#format.footer.length) {
        this.ending = "malformed";
      } else if (this.#length >= this.#format.longestRow) this.ending = "malformed";
    }
    return false;
  }

  /** Packs the whole rows in the buffer; returns why it stopped. */
  #parse(): "cut off" | "malformed" {
    const nul = this.#rawNuls ? -1 : this.#buffer.subarray(0, this.#length).indexOf(0);
    const bytes = this.#buffer.subarray(0, nul < 0 ? this.#length : nul);
    const first = this.#format.header.length - this.#at;
    let at = 0, end = 0;
    while (at < bytes.length) {
      end = this.#format.readRow(bytes, at, at === first, this.batch);
      if (end < 0) break;
      this.#ends.push(this.#at + end);
      at = end;
    }
    this.#buffer.copyWithin(0, at, this.#length);
    this.#length -= at;
    this.#at += at;
    return end === MALFORMED || nul >= 0 ? "malformed" : "cut off";
  }

  /** Fills the buffer; returns whether the file may continue beyond it. */
  async #fill(): Promise<boolean> {
    const kept = this.#buffer;
    // Grow for a row that is longer than the buffer; shrink again after it.
    const size = this.#length === kept.length
      ? Math.min(2 * kept.length, Math.max(this.#format.longestRow, this.#chunkBytes))
      : this.#length < this.#chunkBytes
      ? this.#chunkBytes
      : kept.length;
    if (size !== kept.length) {
      this.#buffer = new Uint8Array(size);
      this.#buffer.set(kept.subarray(0, this.#length));
    }
    const wanted = Math.min(size, this.#to - this.#at);
    await this.#file.seek(this.#at + this.#length, Deno.SeekMode.Start);
    while (this.#length < wanted) {
      const count = await this.#file.read(this.#buffer.subarray(this.#length, wanted));
      if (count === null) this.#to = this.#at + this.#length;
      if (count === null) break;
      this.#length += count;
    }
    return this.#at + this.#length < this.#to;
  }

  /** Whether only the footer or a part of it remains. */
  #atFooter(): boolean {
    const { footer } = this.#format;
    const whole = this.#at + this.#length === this.#to;
    if (!whole || this.#length > footer.length) return false;
    for (let i = 0; i < this.#length; i++) if (this.#buffer[i] !== footer[i]) return false;
    return true;
  }
}
