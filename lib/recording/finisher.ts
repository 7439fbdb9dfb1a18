/** Writes finished files into the index, in the background and one after the other. */

import type { Clock } from "../system/clock.ts";
import { beside, type FinishedFile, finishedFiles } from "../files/finished_name.ts";
import { FileIndex, indexPath, type IndexRow, readIndex } from "../files/file_index.ts";
import { FORMATS, formatsOf } from "../formats/mod.ts";
import { hasProperties } from "../reading/detect_properties.ts";
import { RowReader } from "../reading/row_reader.ts";
import { sumFile } from "../system/file_worker.ts";
import { type CapLimits, Caps } from "./caps.ts";
import type { Finished } from "./recorder_options.ts";

/** How long a disk that cannot be written is left alone. */
const RETRY_MS = 5_000;

/** What becomes of finished files. */
export type FinisherEvent =
  /** Their rows are in the index. */
  | { readonly type: "finished"; readonly paths: readonly string[]; readonly rows?: number }
  | { readonly type: "indexFailed"; readonly path: string; readonly cause: unknown }
  /** It was to be deleted and is not as the index says: it stays. */
  | { readonly type: "leftThere"; readonly path: string };

interface Parts {
  readonly output: string;
  readonly clock: Clock;
  readonly onEvent: (event: FinisherEvent) => void;
  /** @default {nothing is deleted} */
  readonly limits?: CapLimits;
}

export class Finisher implements AsyncDisposable {
  /** Files finished by this run, each format counted. */
  count = 0;
  readonly #parts: Parts;
  readonly #index: FileIndex;
  /** Those of this run, and those of which a killed run has written no row. */
  readonly #queue: Finished[] = [];
  readonly #older: Finished[];
  #working: Promise<void> | undefined;
  readonly #ending = new AbortController();
  #told = false;
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
    this.#caps = new Caps({ output, limits, now: () => clock.now(), onLeft }, rows);
  }

  /**
   * Opens the index of a recording, and goes on with what a killed run has left.
   *
   * @param noted The last number in the state of the run before.
   * @throws {RecordingError} The index cannot be continued.
   */
  static async open(parts: Parts, noted: number): Promise<Finisher> {
    const { output } = parts;
    const index = await FileIndex.open(output);
    try {
      const { rows = [] } = await readIndex(output) ?? {};
      const files = await finishedFiles(output);
      const older = unlisted(output, files, rows);
      const numbers = [...rows, ...files].map(({ number }) => number);
      const last = numbers.reduce((most, number) => Math.max(most, number), noted);
      const finisher = new Finisher(parts, index, older, rows, last);
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

  /** Resolves when every finished file is in the index. */
  async idle(): Promise<void> {
    await this.#working;
  }

  /** Takes files that are finished. */
  add(finished: Finished): void {
    this.count += finished.formats.length;
    this.#queue.push(finished);
    this.#wake();
  }

  /**
   * Writes down what this run has finished; what cannot be written now, and what an earlier run has
   * left, is for the next start.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#working;
    this.#index[Symbol.dispose]();
  }

  #wake(): void {
    const isWork = this.#overdue || this.#queue.length + this.#older.length > 0;
    if (isWork) this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    try {
      await this.#listAll();
    } finally {
      // Synchronously after the last look: what is added later starts anew.
      this.#working = undefined;
    }
  }

  async #listAll(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      const isOwn = this.#queue.length > 0;
      if (!isOwn && signal.aborted) return;
      const [next] = isOwn ? this.#queue : this.#older;
      if (next === undefined && !this.#overdue) return;
      try {
        if (next !== undefined) {
          await this.#list(next, isOwn ? undefined : signal);
          (isOwn ? this.#queue : this.#older).shift();
          this.#overdue = true;
        }
        if (this.#overdue) await this.#caps.enforce(this.#index);
        this.#overdue = false;
        this.#told = false;
      } catch (cause) {
        if (signal.aborted && isOwn) return;
        // What this run has finished comes all the same.
        if (signal.aborted) continue;
        const { onEvent, clock } = this.#parts;
        if (!this.#told) onEvent({ type: "indexFailed", path: this.indexPath, cause });
        this.#told = true;
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #list(finished: Finished, signal: AbortSignal | undefined): Promise<void> {
    const rows: IndexRow[] = [];
    for (const format of finished.formats) {
      rows.push(await this.#rowOf({ ...finished, formats: [format] }, signal));
    }
    await this.#index.append(rows);
    this.#caps.add(rows);
    const paths = rows.map(({ file }) => beside(this.#parts.output, file));
    const [{ rows: count } = {}] = rows;
    this.#parts.onEvent({ type: "finished", paths, ...(count !== undefined && { rows: count }) });
  }

  async #rowOf(finished: Finished, signal: AbortSignal | undefined): Promise<IndexRow> {
    const { number, base, formats: [format] } = finished;
    const path = `${base}.${FORMATS[format!].extension}`;
    const row = {
      time: this.#parts.clock.now(),
      event: "finished",
      number,
      file: /[^/\\]*$/.exec(path)![0],
    } as const;
    try {
      const sum = await sumFile(path, signal);
      const { begin, end, rows } = finished.rows === undefined
        ? await contentsOf(path, format!, signal)
        : finished;
      return { ...row, begin, end, rows, ...sum };
    } catch (error) {
      // Somebody has moved it away already.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      const { begin, end, rows } = finished;
      return { ...row, begin, end, rows, bytes: 0, sha256: undefined };
    }
  }
}

/** Finished files of which the index has no row, those of a number together. */
function unlisted(
  output: string,
  files: readonly FinishedFile[],
  rows: readonly IndexRow[],
): Finished[] {
  // Also one whose deletion was written down before a kill.
  const listed = new Set(rows.map(({ file }) => file.replace(/\.gz$/, "")));
  const all = new Map<string, Finished>();
  for (const { number, base, format, name, compressed } of files) {
    if (compressed || listed.has(name)) continue;
    const formats = [...all.get(base)?.formats ?? [], format];
    all.set(base, { number, base: beside(output, base), formats });
  }
  return [...all.values()];
}

/** What a file holds, read from start to end. */
async function contentsOf(
  path: string,
  name: Finished["formats"][number],
  signal: AbortSignal | undefined,
): Promise<{ begin: number | undefined; end: number | undefined; rows: number }> {
  const format = formatsOf(await hasProperties(path, name) ?? false)[name];
  using file = await Deno.open(path);
  const reader = new RowReader(file, format, { chunkBytes: 1 << 16 });
  let rows = 0, begin: number | undefined, end: number | undefined;
  while (await reader.read()) {
    signal?.throwIfAborted();
    begin ??= reader.batch.time(0);
    rows += reader.batch.count;
    end = reader.batch.time(reader.batch.count - 1);
  }
  return { begin, end, rows };
}
