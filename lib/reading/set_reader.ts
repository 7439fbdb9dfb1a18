/** Reads all files of a recording as one: the finished ones by number, then the open one. */

import type { Batch } from "../message/batch.ts";
import type { FormatName } from "../formats/mod.ts";
import { cannotRead } from "../locale/errors.ts";
import type { BatchSource } from "./compare.ts";
import { formatsFound } from "./detect_properties.ts";
import { Inspection, type Problem } from "./inspect.ts";
import type { FinishedPart, Named } from "./named_recordings.ts";

/** A file that does not end with a whole row, and what it ends with. */
export interface PartProblem {
  readonly path: string;
  readonly problem: Exclude<Problem, { readonly type: "unfinished" }>;
}

/** All formats hold the same rows: the one that is read fastest. */
const PREFERRED: readonly FormatName[] = ["csv", "ndjson", "json"];

/** One file at a time is open, and the one being written, which may be finished meanwhile. */
export class SetReader implements BatchSource, Disposable {
  /** Of the files that were read to their ends. */
  readonly problems: PartProblem[] = [];
  readonly #finished: FinishedPart[];
  readonly #open: Inspection | undefined;
  #present: Inspection | undefined;

  private constructor(finished: readonly FinishedPart[], open: Inspection | undefined) {
    this.#finished = [...finished];
    this.#open = open;
  }

  /**
   * Opens a recording as it is at this moment.
   *
   * @throws {RecordingError} The file being written cannot be read, or is not ours.
   */
  static async open({ paths, finished = [] }: Named): Promise<SetReader> {
    return new SetReader(finished, paths.size > 0 ? await openOne(paths) : undefined);
  }

  /** The messages of the last `read`. */
  get batch(): Batch {
    return this.#present!.batch;
  }

  /**
   * Reads the next messages, at least one; false when there are no more.
   *
   * @throws {RecordingError} A file cannot be read, or is not ours.
   */
  async read(): Promise<boolean> {
    for (;;) {
      this.#present ??= await this.#next();
      if (this.#present === undefined) return false;
      if (await this.#present.read()) return true;
      const { path } = this.#present;
      const problem = await this.#present.problem();
      if (problem !== undefined && problem.type !== "unfinished") {
        this.problems.push({ path, problem });
      }
      if (this.#present === this.#open) return false;
      this.#present[Symbol.dispose]();
      this.#present = undefined;
    }
  }

  async #next(): Promise<Inspection | undefined> {
    const part = this.#finished.shift();
    return part === undefined ? this.#open : await openOne(part.paths);
  }

  [Symbol.dispose](): void {
    if (this.#present !== this.#open) this.#present?.[Symbol.dispose]();
    this.#open?.[Symbol.dispose]();
  }
}

/** Opens one of the files of a part, compressed meanwhile or not. */
async function openOne(paths: ReadonlyMap<FormatName, string>): Promise<Inspection> {
  const name = PREFERRED.find((name) => paths.has(name))!;
  const path = paths.get(name)!;
  for (const there of [path, `${path}.gz`]) {
    if (!(await Deno.stat(there).then(({ isFile }) => isFile, () => false))) continue;
    // The formats of a part may disagree only where somebody has changed one.
    const formats = await formatsFound(new Map([[name, there]]));
    return await Inspection.open(there, formats![name]);
  }
  throw cannotRead(path, new Deno.errors.NotFound());
}
