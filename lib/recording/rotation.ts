/** Decides when the files of a recording are finished, and switches to new ones. */

import type { Batch } from "../message/batch.ts";
import type { Clock } from "../system/clock.ts";
import type { FormatName } from "../formats/mod.ts";
import { finishedSuffix } from "../files/finished_name.ts";
import type { Switch } from "../files/run_state.ts";
import { nextBoundary } from "../system/local_boundary.ts";
import type { FileSet } from "./file_set.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import type { RotationOptions } from "./recorder_options.ts";
import { renameAll, type Renamed } from "./switch_files.ts";

/** How long a rename that was refused is not tried again. */
const RETRY_MS = 5_000;
/** A clock that is set back by less is none: messages of one batch may be out of order. */
const SLACK_MS = 1_000;

/** What the open files hold. */
export interface Holding {
  readonly rows: number | undefined;
  /** Receive times of the first and last row, ms since the epoch. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
}

interface Parts {
  readonly output: string;
  readonly formats: readonly FormatName[];
  readonly options: RotationOptions;
  readonly clock: Clock;
  readonly onEvent: (event: RecorderEvent) => void;
}

/** The open files, as far as a switch needs them. */
export type SwitchedFiles = Pick<FileSet, "prepare" | "sizes" | "beginNew">;

export class Rotation {
  readonly #parts: Parts;
  /** Rows of the open files, as far as they are known. */
  #rows: number;
  #rowsKnown: boolean;
  #first: number | undefined;
  #last: number | undefined;
  #bytes = 0;
  /** Rows of batches that were looked at and are not written yet. */
  #ahead = 0;
  /** When the open files are finished by time, ms since the epoch. */
  #due = Infinity;
  /** The same after the batches that were looked at. */
  #dueAhead: number | undefined;
  /** The latest time seen, to notice a clock that is set back. */
  #latest = -Infinity;
  /** Before this moment of the monotonic clock no rename is tried. */
  #notBefore = -Infinity;
  /** One that was refused was told. */
  #told = false;
  /** Noted as begun: its renames may be done, some of them or none. */
  #begun: Switch | undefined;
  #renamed = false;
  #number: number;

  constructor(parts: Parts, { rows, begin, end }: Holding) {
    this.#parts = parts;
    this.#rows = rows ?? 0;
    this.#rowsKnown = rows !== undefined;
    this.#first = begin;
    this.#last = end;
    // Set back since the run before: its files would be due when the clock is there again.
    this.#latest = Math.max(begin ?? -Infinity, end ?? -Infinity);
    this.#number = parts.options.lastNumber;
    this.#setDue(begin ?? parts.clock.now());
  }

  /** Whether files are finished by time. */
  get timed(): boolean {
    return this.#limits.periodMs !== undefined;
  }

  get #limits() {
    return this.#parts.options.limits;
  }

  /** When the open files are due by time, ms since the epoch; Infinity: never, or they are empty. */
  get due(): number {
    return this.#first === undefined ? Infinity : this.#due;
  }

  /** Whether a switch comes before a message of the batch, as far as is known before it is written. */
  splits(batch: Batch): boolean {
    const { rows = Infinity, bytes = Infinity } = this.#limits;
    this.#ahead += batch.count;
    const crosses = this.#crosses(batch);
    return crosses || this.#bytes >= bytes || this.#rows + this.#ahead > rows;
  }

  /** Whether it lies on both sides of a boundary, or behind one that the batch before did not reach. */
  #crosses(batch: Batch): boolean {
    const { periodMs } = this.#limits;
    if (periodMs === undefined) return false;
    if (batch.count === 0) return this.#isPast(this.#parts.clock.now());
    const first = batch.time(0), last = batch.time(batch.count - 1);
    this.#dueAhead ??= this.#first === undefined ? nextBoundary(first, periodMs) : this.#due;
    if (Math.max(first, last) < this.#dueAhead && !this.#isPast(last)) return false;
    this.#dueAhead = nextBoundary(last, periodMs);
    return true;
  }

  /** Whether the files are to be finished before message `at` of the batch is written. */
  isDue(batch: Batch, at: number): boolean {
    if (this.#first === undefined || this.#parts.clock.monotonic() < this.#notBefore) return false;
    const { rows = Infinity, bytes = Infinity } = this.#limits;
    return this.#rows >= rows || this.#bytes >= bytes ||
      this.#isPast(at < batch.count ? batch.time(at) : this.#parts.clock.now());
  }

  /** The messages of the batch from `from` on that go into the open files: up to which. */
  end(batch: Batch, from: number): number {
    // A refused switch is tried again between batches.
    if (this.#parts.clock.monotonic() < this.#notBefore) return batch.count;
    const { rows = Infinity } = this.#limits;
    const most = Math.min(batch.count, from + Math.max(1, rows - this.#rows));
    if (this.#limits.periodMs === undefined) return most;
    const isEmpty = this.#first === undefined;
    const due = isEmpty ? nextBoundary(batch.time(from), this.#limits.periodMs) : this.#due;
    let to = from + 1;
    while (to < most && batch.time(to) < due) to++;
    return to;
  }

  /** Notes what was written, and how large the largest file is now. */
  wrote(batch: Batch, from: number, to: number, files: Pick<FileSet, "list">): void {
    if (this.#first === undefined) this.#setDue(this.#first = batch.time(from));
    this.#rows += to - from;
    this.#ahead -= to - from;
    this.#last = batch.time(to - 1);
    // Set back over a boundary: the next one comes sooner than the one that was waited for.
    if (this.#last < this.#latest - SLACK_MS) {
      this.#setDue(this.#last);
      this.#dueAhead = undefined;
    }
    this.#latest = this.#last;
    if (this.#limits.bytes !== undefined) {
      this.#bytes = Math.max(...files.list.map(({ bytes }) => bytes));
    }
  }

  /** Another program has moved or cut a file: nobody knows what they hold. */
  forget(): void {
    this.#rowsKnown = false;
  }

  /**
   * Finishes the open files and begins new ones; whatever fails, no row is lost by it, and it can be
   * called again.
   *
   * @param files Nothing is being written or synced.
   * @param onBegun Called when the new files are there, before they are noted.
   * @returns Whether there are new files.
   * @throws Until it is called again, nothing may be written.
   */
  async switchFiles(files: SwitchedFiles, onBegun: () => void): Promise<boolean> {
    const { output, options, onEvent } = this.#parts;
    if (!this.#renamed) {
      // Another program may have moved or cut one.
      if (this.#begun === undefined) await files.prepare(false);
      const begun = this.#begun ??= await this.#next(files.sizes);
      const renamed = await this.#rename(begun, files.sizes);
      if (renamed.type === "kept") {
        this.#begun = undefined;
        this.#notBefore = this.#parts.clock.monotonic() + RETRY_MS;
        if (!this.#told) onEvent({ ...renamed, type: "notFinished" });
        this.#told = true;
        // Left on the disk it says nothing wrong: no file has the new name.
        this.#number = begun.number - 1;
        await options.note({ switch: undefined, committed: files.sizes }).catch(() => {});
        return false;
      }
      this.#renamed = true;
    }
    await files.beginNew();
    onBegun();
    const { number, suffix } = this.#begun!;
    await options.note({ switch: undefined, finished: number, committed: files.sizes });
    const finished = {
      number,
      base: `${output}${suffix}`,
      formats: this.#parts.formats,
      begin: this.#first,
      end: this.#last,
      rows: this.#rowsKnown ? this.#rows : undefined,
    };
    this.#begun = this.#first = this.#last = undefined;
    this.#renamed = this.#told = false;
    this.#rows = this.#bytes = 0;
    this.#rowsKnown = true;
    options.onFinished(finished);
    return true;
  }

  /** Before it is noted nothing is renamed: then everything goes on as it is. */
  async #rename(begun: Switch, committed: Switch["sizes"]): Promise<Renamed> {
    const { output, options } = this.#parts;
    try {
      await options.note({ switch: begun, committed });
    } catch (cause) {
      return { type: "kept", path: output, cause };
    }
    return await renameAll(output, begun);
  }

  async #next(sizes: Switch["sizes"]): Promise<Switch> {
    for (;;) {
      const number = ++this.#number;
      const suffix = finishedSuffix(number, this.#first!);
      const taken = await Promise.all(
        Object.keys(sizes).map((extension) =>
          Deno.lstat(`${this.#parts.output}${suffix}.${extension}`).then(() => true, () => false)
        ),
      );
      if (!taken.includes(true)) return { number, suffix, sizes };
    }
  }

  #isPast(time: number): boolean {
    return this.#first !== undefined && time >= this.#due;
  }

  #setDue(from: number): void {
    const { periodMs } = this.#limits;
    if (periodMs !== undefined) this.#due = nextBoundary(from, periodMs);
  }
}
