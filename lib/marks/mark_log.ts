/** The marks of a recording, `<output>.marks.csv`: a row for each text that a person noted. */

import type { Clock } from "../system/clock.ts";
import type { Torn } from "../files/append_file.ts";
import { LogFile } from "../files/log_file.ts";
import { cannotWrite, RecordingError } from "../locale/errors.ts";
import { type Mark, MARK_LAYOUT, markRow } from "./mark_rows.ts";

/** Interval of looks at a file that nobody writes. */
const LOOK_MS = 1_000;
/** Most text that waits for a disk which fails, in characters. */
const MAX_PENDING = 16 << 20;

/**
 * Appends marks durably. Marks that cannot be written now stay pending, and are written once a
 * later attempt succeeds: with the next mark, each second of `watch()`, or at the end.
 */
export class MarkLog implements AsyncDisposable {
  readonly #file: LogFile;
  readonly #guard: () => Promise<void>;
  #pending: { readonly mark: Mark; readonly row: string }[] = [];
  #writing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;
  readonly #closing = new AbortController();
  /** Marks written by this run. */
  written = 0;
  /** Why the last write failed, if it did. */
  cause: RecordingError | undefined;

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

  /** Called when another program has moved, emptied, deleted (`begun`) or changed the file. */
  set onReplaced(told: (begun: boolean) => void) {
    this.#file.onReplaced = told;
  }

  get path(): string {
    return this.#file.path;
  }

  /** The torn end that was moved away when the file was opened. */
  get torn(): Torn | undefined {
    return this.#file.torn;
  }

  /** Marks that are not on disk. */
  get unwritten(): readonly Mark[] {
    return this.#pending.map(({ mark }) => mark);
  }

  /**
   * Resolves when the mark is on disk.
   *
   * @throws {RecordingError} It could not be written; it stays pending unless too much waits.
   */
  async add(mark: Mark): Promise<void> {
    const row = markRow(mark);
    const waiting = this.#pending.reduce((sum, { row }) => sum + row.length, row.length);
    if (waiting > MAX_PENDING) {
      throw new RecordingError((t) => t.live.marksFull(this.path), { final: true });
    }
    this.#pending.push({ mark, row });
    await this.#flush();
  }

  /** Notices what another program does to the file, until the log is closed. */
  watch(clock: Pick<Clock, "sleep">): void {
    this.#watching ??= this.#watch(clock);
  }

  async #watch(clock: Pick<Clock, "sleep">): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      if (signal.aborted) return;
      await (this.#writing ??= this.#write()).catch(() => {}); // The next mark tells why.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await this.#flush().catch(() => {});
    this.#file[Symbol.dispose]();
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) await (this.#writing ??= this.#write());
  }

  async #write(): Promise<void> {
    try {
      await this.#guard();
      const rows = this.#pending.map(({ row }) => row);
      if (rows.length > 0) await this.#file.append(rows.join(""));
      else await this.#file.look();
      this.cause = undefined;
      this.#pending.splice(0, rows.length);
      this.written += rows.length;
    } catch (cause) {
      this.cause = cause instanceof RecordingError ? cause : cannotWrite(this.path, cause);
      throw this.cause;
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
