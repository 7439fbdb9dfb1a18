/**
 * The gap log, `<output>.gaps.csv`: a row for every time in which messages may have been missed.
 */

import { stringify } from "@std/csv/stringify";
import { ascii } from "../message/utf8.ts";
import { type Gap, GAP_COLUMNS } from "../message/gap.ts";
import type { Layout } from "../formats/mod.ts";
import { AppendFile, type Torn } from "../files/append_file.ts";

const LF = 10, CR = 13;

/** Rows hold no line ends, so the last whole row ends with the last CRLF. */
const LAYOUT: Layout = {
  extension: "gaps.csv",
  header: ascii(stringify([], { columns: [...GAP_COLUMNS] })),
  separatorLength: 0,
  footer: new Uint8Array(0),
  firstRow: new Uint8Array(0),
  // A topic filter of 64 KB, its quotes doubled, and what is around it.
  longestRow: 1 << 18,
  scanEnd(bytes, atStart) {
    for (let end = bytes.length; (end = bytes.lastIndexOf(LF, end - 1)) > 0;) {
      if (bytes[end - 1] === CR) return { end: end + 1 };
    }
    return atStart ? "foreign" : "more";
  },
};

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
  // `@std/csv` leaves some line ends bare; a filter from the command line may hold any.
  return stringify([row.map((field) => field.replace(/\p{Cc}|[\u2028\u2029]/gu, " "))]);
}

/**
 * Moves a torn end of the gap log of a recording away, as the next recording would do.
 *
 * @param output Base path of the recording; the caller holds its lock.
 */
export async function repairGapLog(output: string): Promise<Torn | undefined> {
  await using gapLog = await GapLog.open(output);
  return gapLog.torn;
}

/**
 * Writes gaps durably, and never in the way of the recording: what cannot be written now (the disk
 * is full) waits for the next `flush`.
 */
export class GapLog implements AsyncDisposable {
  readonly path: string;
  #recording: AppendFile | undefined;
  #waiting: Gap[] = [];
  #flushing: Promise<void> | undefined;
  /** Why the last write failed, if it did. */
  cause: unknown;

  private constructor(path: string, appendFile: AppendFile | undefined) {
    this.path = path;
    this.#recording = appendFile;
  }

  /**
   * Looks at an existing gap log; one that does not exist is made with its first row.
   *
   * @param output Base path of the recording.
   * @throws {RecordingError} What is there cannot be continued.
   */
  static async open(output: string): Promise<GapLog> {
    const path = `${output}.${LAYOUT.extension}`;
    const exists = await Deno.lstat(path).then(() => true, () => false);
    return new GapLog(path, exists ? await AppendFile.open(path, LAYOUT) : undefined);
  }

  /** What had to be moved away from its end when it was opened. */
  get torn(): Torn | undefined {
    return this.#recording?.torn;
  }

  /** Whether rows wait that could not be written. */
  get behind(): boolean {
    return this.#waiting.length > 0;
  }

  /** Queues a row; `flush` writes it. */
  add(gap: Gap): void {
    this.#waiting.push(gap);
  }

  /** Resolves when every row is on disk, or could not be written (`cause` says why). */
  async flush(): Promise<void> {
    if (this.behind) await (this.#flushing ??= this.#write());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#recording?.[Symbol.dispose]();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const rows = this.#waiting.map(gapRow);
        const appendFile = this.#recording ??= await AppendFile.open(this.path, LAYOUT);
        if (this.cause !== undefined || !await appendFile.intact()) await appendFile.rollBack();
        await appendFile.write(ascii(rows.join("")));
        await appendFile.sync();
        appendFile.commit();
        this.cause = undefined;
        this.#waiting.splice(0, rows.length);
      }
    } catch (cause) {
      this.cause = cause;
    } finally {
      // In the same breath as the last look at what waits: a row added later begins anew.
      this.#flushing = undefined;
    }
  }
}
