/** The gap log, `<output>.gaps.csv`: a row for every time in which messages may be missing. */

import { stringify } from "@std/csv/stringify";
import { type Gap, GAP_COLUMNS } from "../message/gap.ts";
import type { Torn } from "../files/append_file.ts";
import { LogFile } from "../files/log_file.ts";
import { logLayout } from "../files/log_layout.ts";

// A topic filter of 64 KB with doubled quotes, and the other fields.
const LAYOUT = logLayout("gaps.csv", GAP_COLUMNS, 1 << 18);

/** The row of a gap, with its line end. */
export function gapRow({ from, to, ms, cause, detail, session, atRisk }: Gap): string {
  const row = [
    new Date(from).toISOString(),
    new Date(to).toISOString(),
    Math.max(0, ms / 1000).toFixed(3),
    detail === undefined ? cause : `${cause}: ${detail}`,
    session,
    atRisk,
  ];
  // `@std/csv` does not quote every line end, and a filter may hold any.
  return stringify([row.map((field) => field.replace(/\p{Cc}|[\u2028\u2029]/gu, " "))]);
}

/**
 * Moves a torn end of a gap log away, as the next recording would do.
 *
 * @param output Base path of the recording; the caller holds its lock.
 */
export async function repairGapLog(output: string): Promise<Torn | undefined> {
  await using gapLog = await GapLog.open(output);
  return gapLog.torn;
}

/**
 * Appends gaps durably without delaying the recording: rows that cannot be written now (the disk is
 * full) stay pending until the next `flush`.
 */
export class GapLog implements AsyncDisposable {
  readonly #file: LogFile;
  #pending: Gap[] = [];
  #flushing: Promise<void> | undefined;
  /** Why the last write failed, if it did. */
  cause: unknown;
  /** Called with the first failure of a row; again once one was written in between. */
  onFailed: (cause: unknown) => void = () => {};

  private constructor(file: LogFile) {
    this.#file = file;
  }

  /**
   * Opens an existing gap log; a new one is created with its first row.
   *
   * @param output Base path of the recording.
   * @throws {RecordingError} The existing file cannot be continued.
   */
  static async open(output: string): Promise<GapLog> {
    return new GapLog(await LogFile.open(output, LAYOUT));
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

  /** Whether rows are not on disk yet. */
  get pending(): boolean {
    return this.#pending.length > 0;
  }

  /** Their gaps. */
  get unwritten(): readonly Gap[] {
    return this.#pending;
  }

  /** Queues a row; `flush` writes it. */
  add(gap: Gap): void {
    this.#pending.push(gap);
  }

  /** Resolves when every row is on disk, or a write has failed with `cause`. */
  async flush(): Promise<void> {
    if (this.pending) await this.flushAndLook();
  }

  /** The same; without rows looks at what another program has done to the file. */
  async flushAndLook(): Promise<void> {
    await (this.#flushing ??= this.#write());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#file[Symbol.dispose]();
  }

  async #write(): Promise<void> {
    try {
      do {
        const rows = this.#pending.map(gapRow);
        if (rows.length > 0) await this.#file.append(rows.join(""));
        else await this.#file.look();
        this.cause = undefined;
        this.#pending.splice(0, rows.length);
      } while (this.#pending.length > 0);
    } catch (cause) {
      const isNews = this.cause === undefined && this.pending;
      // A look that fails is reported once a row waits for it.
      if (this.pending) this.cause = cause;
      if (isNews) this.onFailed(cause);
    } finally {
      // Synchronously after the last check: a row added later starts a new write.
      this.#flushing = undefined;
    }
  }
}
