/** Reads one file from start to end: its contents and its first problem. */

import type { Batch } from "../message/batch.ts";
import type { BatchSource } from "./compare.ts";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import { findEnd, isOurs, isResaved, isUnwritten, readAt } from "../files/file_end.ts";
import { openRecorded, type SeekableFile } from "../files/gzip_file.ts";
import type { Format } from "../formats/mod.ts";
import { GAP_COLUMNS } from "../message/gap.ts";
import { RowReader } from "./row_reader.ts";
import { TopicCounts } from "./topic_counts.ts";

const LF = 10;
/** Longest damaged line whose end is searched for, in bytes. */
const MAX_LINE_BYTES = 1 << 20;
/** Bytes read at once behind damage, and lines that are tried there. */
const STEP = 1 << 16, MAX_TRIES = 100_000;

/** The problem of a file. Offsets and lengths in bytes. */
export type Problem =
  /** Its header or footer is incomplete; no row is lost. */
  | { readonly type: "unfinished" }
  /** An incomplete row, which `AppendFile.open` would move to `<path>.torn`. */
  | { readonly type: "torn"; readonly at: number; readonly bytes: number }
  /** Number (from 1) of the first malformed row; nothing after it was read. */
  | { readonly type: "malformed"; readonly row: number; readonly at: number };

/** The contents of a file up to its first problem. */
export interface Contents {
  readonly path: string;
  /** Size of the file when it was opened, in bytes. */
  readonly bytes: number;
  readonly rows: number;
  /** Times of the first and the last row, in ms since the epoch. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Rows marked `dup`. */
  readonly dup: number;
  /** How many rows are older than the previous one. */
  readonly back: number;
  readonly topics: TopicCounts;
}

/** Options of {@linkcode Inspection.open}. */
export interface InspectionOptions {
  /** Whether rows, times and topics are counted. @default {true} */
  readonly counts?: boolean;
  /** Where to stop, as in an earlier pass. @default {the present size of the file} */
  readonly bytes?: number | undefined;
}

/** Reads the messages of one file and counts them. */
export class Inspection implements BatchSource, Contents, Disposable {
  rows = 0;
  first: number | undefined;
  last: number | undefined;
  dup = 0;
  back = 0;
  readonly topics = new TopicCounts();
  readonly #file: SeekableFile;
  #reader: RowReader;
  readonly #counts: boolean;
  /** A power cut came before its header and footer were on the disk. */
  readonly #unwritten: boolean;

  private constructor(
    readonly path: string,
    readonly format: Format,
    readonly bytes: number,
    file: SeekableFile,
    { counts, unwritten }: { readonly counts: boolean; readonly unwritten: boolean },
  ) {
    this.#file = file;
    this.#counts = counts;
    this.#unwritten = unwritten;
    // The file may grow while it is read: stop at its present size.
    const to = unwritten ? format.header.length : Math.max(bytes, format.header.length);
    this.#reader = new RowReader(file, format, { to });
  }

  /** @throws {RecordingError} The file cannot be read, or is not ours. */
  static async open(
    path: string,
    format: Format,
    { counts = true, bytes }: InspectionOptions = {},
  ): Promise<Inspection> {
    try {
      // A pipe would wait for a writer, a folder has no bytes.
      if (!(await Deno.stat(path)).isFile) throw foreign(path);
      const file = await openRecorded(path);
      try {
        const { size } = await file.stat();
        if (await isResaved(file, size, format)) {
          throw new RecordingError((t) => t.check.resaved(path));
        }
        if (!(await isOurs(file, size, format))) {
          const start = new TextDecoder().decode(await readAt(file, 0, 1024));
          if (start.startsWith(GAP_COLUMNS.join())) {
            throw new RecordingError((t) => t.check.gapLog(path));
          }
          if (start.startsWith("timestamp,text\r\n")) {
            throw new RecordingError((t) => t.check.markFile(path));
          }
          throw foreign(path);
        }
        const unwritten = await isUnwritten(file, size, format);
        const to = Math.min(bytes ?? size, size);
        return new Inspection(path, format, to, file, { counts, unwritten });
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      throw error instanceof RecordingError ? error : cannotRead(path, error);
    }
  }

  get batch(): Batch {
    return this.#reader.batch;
  }

  /** Bytes read so far, up to the last row of the batch. */
  get position(): number {
    return this.#reader.position;
  }

  /** @throws {RecordingError} The disk fails. */
  async read(): Promise<boolean> {
    try {
      if (!(await this.#reader.read())) return false;
    } catch (cause) {
      throw cannotRead(this.path, cause);
    }
    const { batch } = this;
    this.rows += batch.count;
    if (!this.#counts) return true;
    this.first ??= batch.time(0);
    let last = this.last ?? -Infinity;
    for (let i = 0; i < batch.count; i++) {
      const time = batch.time(i);
      if (time < last) this.back++;
      if ((batch.flags(i) & 8) !== 0) this.dup++;
      last = time;
    }
    this.last = last;
    this.topics.add(batch);
    return true;
  }

  /** Whether the size of the file has changed since it was opened. */
  async changed(): Promise<boolean> {
    return (await this.#file.stat()).size !== this.bytes;
  }

  /**
   * The problem of the file; call it after `read` has returned false.
   *
   * @throws {RecordingError} The file holds no row of ours.
   */
  async problem(): Promise<Problem | undefined> {
    if (this.#unwritten) return { type: "unfinished" };
    const { position: at, ending } = this.#reader;
    if (ending === "whole") {
      return at + this.format.footer.length === this.bytes ? undefined : { type: "unfinished" };
    }
    const torn = { type: "torn", at, bytes: this.bytes - at } as const;
    const malformed = { type: "malformed", row: this.rows + 1, at } as const;
    if (ending === "cut off" && (await this.#goesOn(at))) return malformed;
    if (ending === "cut off" && this.rows > 0) return torn;
    const found = await findEnd(this.#file, this.bytes, this.format);
    if (found === "foreign") throw foreign(this.path);
    // Whole rows follow: the file is damaged in the middle, not torn at its end.
    return found.end > at ? malformed : torn;
  }

  /**
   * Whether whole rows follow the line at `at`, up to the end. Then the line is damaged, not torn:
   * one of its bytes has become a quote, and the following rows seem to belong to its field.
   */
  async #goesOn(at: number): Promise<boolean> {
    const line = await readAt(this.#file, at, MAX_LINE_BYTES);
    const from = at + line.indexOf(LF) + 1;
    if (from === at) return false;
    const reader = new RowReader(this.#file, this.format, { from, to: this.bytes });
    let rows = 0;
    while (await reader.read()) rows += reader.batch.count;
    return rows > 0 && reader.ending === "whole";
  }

  /**
   * Goes on with the next line that is a row, after `problem` was that one is malformed.
   *
   * @returns The bytes that were passed over, to the end of the file where no row follows.
   * @throws {RecordingError} The disk fails.
   */
  async skipDamage(): Promise<number> {
    const from = this.position, { format, bytes: to } = this;
    const separator = format.separatorLength > 0 ? 2 : 0;
    try {
      for (let at = from + 1, tries = 0; at < to && tries < MAX_TRIES;) {
        const bytes = await readAt(this.#file, at, Math.min(STEP, to - at));
        let line = bytes.indexOf(LF);
        for (; line >= 0 && tries < MAX_TRIES; line = bytes.indexOf(LF, line + 1), tries++) {
          const start = at + line + 1 - separator;
          const probe = new RowReader(this.#file, format, { from: start, to, chunkBytes: STEP });
          if (start <= from || !(await probe.read())) continue;
          this.#reader = new RowReader(this.#file, format, { from: start, to });
          return start - from;
        }
        at += bytes.length;
      }
    } catch (cause) {
      throw cannotRead(this.path, cause);
    }
    return to - from;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function foreign(path: string): RecordingError {
  return new RecordingError((t) => t.check.foreign(path));
}
