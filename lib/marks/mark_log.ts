/** The marks of a recording, `<output>.marks.csv`: a row for each text that a person noted. */

import type { Torn } from "../files/append_file.ts";
import { LogFile } from "../files/log_file.ts";
import { cannotWrite, RecordingError } from "../locale/errors.ts";
import { type Mark, MARK_LAYOUT, markRow } from "./mark_rows.ts";

/** Most text that waits for a disk which fails, in characters. */
const MAX_PENDING = 16 << 20;

/**
 * Appends marks durably. Marks that cannot be written now stay pending, and are written with the
 * next one or at the end.
 */
export class MarkLog implements AsyncDisposable {
  readonly #file: LogFile;
  readonly #guard: () => Promise<void>;
  #pending: string[] = [];
  #writing: Promise<void> | undefined;
  /** Marks written by this run. */
  written = 0;

  private constructor(file: LogFile, guard: () => Promise<void>) {
    this.#file = file;
    this.#guard = guard;
  }

  /**
   * Opens an existing file of marks; a new one is created with the first mark.
   *
   * @param output Base path of the recording; the caller holds its lock.
   * @param guard Called before each write; its error refuses the mark. @default {nothing}
   * @throws {RecordingError} The existing file cannot be continued.
   */
  static async open(output: string, guard = () => Promise.resolve()): Promise<MarkLog> {
    return new MarkLog(await LogFile.open(output, MARK_LAYOUT), guard);
  }

  get path(): string {
    return this.#file.path;
  }

  /** The torn end that was moved away when the file was opened. */
  get torn(): Torn | undefined {
    return this.#file.torn;
  }

  /** Marks that are not on disk. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Resolves when the mark is on disk.
   *
   * @throws {RecordingError} It could not be written; it stays pending unless too much waits.
   */
  async add(mark: Mark): Promise<void> {
    const row = markRow(mark);
    const waiting = this.#pending.reduce((sum, { length }) => sum + length, row.length);
    if (waiting > MAX_PENDING) {
      throw new RecordingError((t) => t.live.marksFull(this.path), { final: true });
    }
    this.#pending.push(row);
    await this.#flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush().catch(() => {});
    this.#file[Symbol.dispose]();
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) await (this.#writing ??= this.#write());
  }

  async #write(): Promise<void> {
    try {
      await this.#guard();
      const rows = [...this.#pending];
      await this.#file.append(rows.join(""));
      this.#pending.splice(0, rows.length);
      this.written += rows.length;
    } catch (cause) {
      if (cause instanceof RecordingError) throw cause;
      throw cannotWrite(this.path, cause);
    } finally {
      this.#writing = undefined;
    }
  }
}

/**
 * Moves a torn end of a file of marks away, as the next recording would do.
 *
 * @param output Base path of the recording; the caller holds its lock.
 */
export async function repairMarks(output: string): Promise<Torn | undefined> {
  await using marks = await MarkLog.open(output);
  return marks.torn;
}
