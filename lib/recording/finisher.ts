/** Writes finished files into the index, in the background and one after the other. */

import type { Clock } from "../system/clock.ts";
import { beside, filesOf } from "../files/finished_name.ts";
import { FileIndex, indexPath, type IndexRow, readIndex, renewIndex } from "../files/file_index.ts";
import { FileWorker } from "../system/file_worker.ts";
import { Burst } from "./burst.ts";
import { type CapLimits, Caps } from "./caps.ts";
import { Compressor } from "./compressor.ts";
import type { FinisherEvent } from "./recorder_events.ts";
import type { Finished } from "./recorder_options.ts";
import { indexRowOf, pathsOf, sizeOf, unlistedFiles } from "./unlisted_files.ts";

/** How long a disk that cannot be written is left alone. */
const RETRY_MS = 5_000;
/** Interval of the looks whether a burst is over. */
const LOOK_MS = 250;

interface Parts {
  readonly output: string;
  readonly clock: Clock;
  readonly onEvent: (event: FinisherEvent) => void;
  /** Processor cores. @default {those of this machine} */
  readonly cores?: number;
  /** @default {nothing is deleted} */
  readonly limits?: CapLimits;
  /** Whether finished files are compressed. @default {false} */
  readonly compress?: boolean;
  /** Leaves also what this run has finished to the next start. @default {it never aborts} */
  readonly insisted?: AbortSignal | undefined;
}

export class Finisher implements AsyncDisposable {
  /** Files finished by this run, each format counted. */
  count = 0;
  readonly #parts: Parts;
  readonly #index: FileIndex;
  /** Those of this run, and those of which a killed run has written no row. */
  readonly #queue: Finished[] = [];
  readonly #older: Finished[];
  /** Rows of files to compress, those of a number together; `own`: of this run. */
  readonly #plain: { rows: IndexRow[]; readonly own: boolean }[] = [];
  readonly #compressor: Compressor;
  readonly #worker = new FileWorker();
  #working: Promise<void> | undefined;
  readonly #ending = new AbortController();
  #told = false;
  readonly #burst: Burst;
  readonly #caps: Caps;
  /** Whether files may be too many: also those of before, with a lower limit now. */
  #overdue = true;

  private constructor(
    parts: Parts,
    index: FileIndex,
    older: Finished[],
    rows: readonly IndexRow[],
    /** The last number that was given; 0: none was. */
    readonly lastNumber: number,
  ) {
    this.#parts = parts;
    this.#index = index;
    this.#older = older;
    const { output, clock, onEvent, limits = { keep: undefined, maxTotal: undefined } } = parts;
    const onLeft = (path: string) => onEvent({ type: "leftThere", path });
    const now = () => clock.now();
    this.#burst = new Burst(clock, parts.cores);
    this.#caps = new Caps({ output, limits, now, onLeft }, rows);
    const onDiffering = (path: string) => onEvent({ type: "twinDiffers", path });
    this.#compressor = new Compressor({ output, now, onLeft, onDiffering, worker: this.#worker });
  }

  /**
   * Opens the index of a recording, and goes on with what a killed run has left.
   *
   * @param noted The last number in the state of the run before.
   * @throws {RecordingError} The index cannot be continued.
   */
  static async open(parts: Parts, noted: number): Promise<Finisher> {
    const { output } = parts;
    await renewResaved(parts);
    const { rows = [] } = await readIndex(output) ?? {};
    const index = await FileIndex.open(output);
    if (index.torn) parts.onEvent({ type: "torn", torn: index.torn });
    try {
      const { finished: files, names } = await filesOf(output);
      const older = unlistedFiles(output, files, rows);
      const last = [...rows, ...files].reduce((most, { number }) => Math.max(most, number), noted);
      const finisher = new Finisher(parts, index, older, rows, last);
      const plain = await finisher.#compressor.leftovers(names, rows);
      if (parts.compress) finisher.#plain.push(...plain.map((rows) => ({ rows, own: false })));
      finisher.#wake();
      return finisher;
    } catch (error) {
      index[Symbol.dispose]();
      throw error;
    }
  }

  get indexPath(): string {
    return indexPath(this.#parts.output);
  }

  /** Whether finished files are being listed, compressed or deleted. */
  get busy(): boolean {
    return this.#working !== undefined;
  }

  /** Resolves when every finished file is in the index. */
  async idle(): Promise<void> {
    await this.#working;
  }

  /** Takes files that are finished. */
  add(finished: Finished): void {
    this.count += finished.formats.length;
    this.#queue.push(finished);
    this.#burst.finished();
    this.#wake();
  }

  /**
   * Writes down what this run has finished, unless the end is asked for twice; what cannot be
   * written now, and what an earlier run has left, is for the next start.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#working;
    this.#worker[Symbol.dispose]();
    this.#index[Symbol.dispose]();
  }

  #wake(): void {
    if (this.#isWork) this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending;
    const { insisted } = this.#parts;
    try {
      for (;;) {
        const isOwn = this.#queue.length > 0 || this.#plain.some(({ own }) => own);
        if (!isOwn && (signal.aborted || !this.#isWork) || insisted?.aborted) return;
        try {
          await this.#next(isOwn);
          this.#told = false;
        } catch (cause) {
          if (await renewResaved(this.#parts).catch(() => false)) continue;
          if (signal.aborted && isOwn || insisted?.aborted) return;
          // What this run has finished comes all the same.
          if (signal.aborted) continue;
          const { onEvent, clock } = this.#parts;
          if (!this.#told) onEvent({ type: "indexFailed", path: this.indexPath, cause });
          this.#told = true;
          await clock.sleep(RETRY_MS, signal);
        }
      }
    } finally {
      // Synchronously after the last look: what is added later starts anew.
      this.#working = undefined;
    }
  }

  get #isWork(): boolean {
    return this.#overdue || this.#queue.length + this.#older.length + this.#plain.length > 0;
  }

  /** Whether the sums of these files can wait: caps and compression cannot. */
  #canWait({ begin = 0, end = 0 }: Finished, bytes: number): boolean {
    const { compress, limits } = this.#parts;
    const isUrgent = compress || limits?.keep !== undefined || limits?.maxTotal !== undefined;
    return !isUrgent && !this.#ending.signal.aborted &&
      this.#burst.goesOn(bytes, end - begin, this.#queue.length);
  }

  /** @param isOwn Only what this run has finished. */
  async #next(isOwn: boolean): Promise<void> {
    const signal = isOwn ? this.#parts.insisted : this.#ending.signal;
    const [waiting] = [this.#queue, isOwn ? [] : this.#older].filter(({ length }) => length > 0);
    if (waiting !== undefined) {
      // Before their sums are computed, which takes longer than to make room for them.
      const bytes = await sizeOf(waiting[0]!);
      // Older ones take their room already, and may not be ours.
      if (isOwn) await this.#caps.enforce(this.#index, { numbers: 1, bytes });
      while (this.#canWait(waiting[0]!, bytes)) {
        await this.#parts.clock.sleep(LOOK_MS, this.#ending.signal);
      }
      await this.#list(waiting[0]!, signal, isOwn);
      waiting.shift();
      this.#overdue = true;
    } else {
      const plain = this.#plain.find(({ own }) => own || !isOwn);
      if (plain !== undefined) {
        const index = { append: (rows: readonly IndexRow[]) => this.#append(rows) };
        await this.#compressor.compress(plain.rows, index, signal);
        this.#plain.splice(this.#plain.indexOf(plain), 1);
        this.#tell(plain.rows);
      }
    }
    if (this.#overdue) await this.#caps.enforce(this.#index);
    this.#overdue = false;
  }

  async #list(finished: Finished, signal: AbortSignal | undefined, own: boolean): Promise<void> {
    const rows: IndexRow[] = [];
    const { clock, onEvent } = this.#parts;
    const reading = { sum: (path: string) => this.#worker.sum(path, signal), signal };
    for (const format of finished.formats) {
      const one = { ...finished, formats: [format] };
      try {
        const row = await indexRowOf(one, own, { time: clock.now(), ...reading });
        if (row !== undefined) rows.push(row);
        else onEvent({ type: "notListed", path: pathsOf(one)[0]! });
      } catch (cause) {
        if (own || signal?.aborted) throw cause;
        // The others do not wait for a file that nobody has to mend.
        onEvent({ type: "notListed", path: pathsOf(one)[0]!, cause });
      }
    }
    if (rows.length === 0) return;
    await this.#append(rows);
    if (this.#parts.compress && !finished.compressed) this.#plain.push({ rows, own });
    else this.#tell(rows);
  }

  async #append(rows: readonly IndexRow[]): Promise<void> {
    await this.#index.append(rows);
    this.#caps.add(rows);
  }

  #tell(rows: readonly IndexRow[]): void {
    const paths = rows.map(({ file }) => beside(this.#parts.output, file));
    const [{ rows: count } = { rows: undefined }] = rows;
    this.#parts.onEvent({ type: "finished", paths, ...(count !== undefined && { rows: count }) });
  }
}

/**
 * Goes on with an index that a spreadsheet has saved, as a recording does not wait for somebody to
 * repair it. Returns whether it was one.
 */
async function renewResaved({ output, onEvent }: Parts): Promise<boolean> {
  const found = await readIndex(output);
  if (!found?.resaved) return false;
  onEvent({ type: "indexRenewed", path: found.path, kept: (await renewIndex(output, found))! });
  return true;
}
