/** Deletes the oldest finished files of a recording that has more of them than wanted. */

import { beside, filesOf } from "../files/finished_name.ts";
import type { FileIndex, IndexRow } from "../files/file_index.ts";
import { syncDirectory } from "../files/regular_file.ts";

/** How much of a recording stays; undefined: everything. */
export interface CapLimits {
  /** Numbers: all formats of one count once. */
  readonly keep: number | undefined;
  /** Bytes of all finished files. */
  readonly maxTotal: number | undefined;
}

interface Parts {
  readonly output: string;
  readonly limits: CapLimits;
  readonly now: () => number;
  /** A file that is not as the index says is left where it is. */
  readonly onLeft: (path: string) => void;
}

export class Caps {
  readonly #parts: Parts;
  /** Files that are there as far as the index says, by number, the oldest first. */
  readonly #files = new Map<number, IndexRow[]>();
  /** Their deletion is in the index, and they may still be there. */
  readonly #doomed: IndexRow[] = [];
  #bytes = 0;

  /** @param rows The index. */
  constructor(parts: Parts, rows: readonly IndexRow[]) {
    this.#parts = parts;
    this.add(rows);
  }

  /** Takes rows of the index. */
  add(rows: readonly IndexRow[]): void {
    for (const row of rows) {
      if (row.event === "compressed") this.#forget(row.number, row.file.replace(/\.gz$/, ""));
      const before = this.#forget(row.number, row.file);
      if (row.event === "deleted") {
        if (before) this.#doomed.push(before);
        continue;
      }
      this.#files.set(row.number, [...this.#files.get(row.number) ?? [], row]);
      this.#bytes += row.bytes;
    }
  }

  /**
   * Deletes until the limits hold: first it is written down, then done, so that a kill in between
   * leaves a file whose deletion the next start finishes.
   *
   * @param coming Files that are finished and not in the index yet.
   * @throws The index cannot be written, or a file not deleted; the next call goes on.
   */
  async enforce(
    index: Pick<FileIndex, "append">,
    coming: { readonly numbers: number; readonly bytes: number } = { numbers: 0, bytes: 0 },
  ): Promise<void> {
    const { limits: { keep = Infinity, maxTotal = Infinity }, now } = this.#parts;
    await this.#remove();
    const isTooMuch = () =>
      this.#files.size + coming.numbers > keep || this.#bytes + coming.bytes > maxTotal;
    if (isTooMuch()) await this.#forgetGone();
    // Sorted once, as a lower limit may end thousands of them.
    const oldest = isTooMuch() ? [...this.#files.keys()].sort((a, b) => b - a) : [];
    for (let number; isTooMuch() && (number = oldest.pop()) !== undefined;) {
      const rows = this.#files.get(number)!;
      const there = [];
      for (const row of rows) if (await this.#isAsListed(row)) there.push(row);
      const deleted = there.map((row) =>
        ({ ...row, time: now(), event: "deleted", sha256: undefined }) as const
      );
      if (deleted.length > 0) await index.append(deleted);
      for (const { file } of rows) this.#forget(number, file);
      this.#doomed.push(...there);
      await this.#remove();
    }
  }

  /** What somebody has moved away takes no room: older files that are there would pay for it. */
  async #forgetGone(): Promise<void> {
    const { names } = await filesOf(this.#parts.output);
    for (const { number, file } of [...this.#files.values()].flat()) {
      if (!names.has(file)) this.#forget(number, file);
    }
  }

  async #remove(): Promise<void> {
    const { output } = this.#parts;
    for (let row; (row = this.#doomed[0]) !== undefined; this.#doomed.shift()) {
      if (await this.#isAsListed(row)) await Deno.remove(beside(output, row.file));
      if (this.#doomed.length === 1) await syncDirectory(output);
    }
  }

  /** Whether it is there, and of the size that the index says. */
  async #isAsListed({ file, bytes }: IndexRow): Promise<boolean> {
    const path = beside(this.#parts.output, file);
    const there = await Deno.lstat(path).catch(() => undefined);
    if (there === undefined) return false;
    if (there.isFile && there.size === bytes) return true;
    this.#parts.onLeft(path);
    return false;
  }

  #forget(number: number, file: string): IndexRow | undefined {
    const rows = this.#files.get(number) ?? [];
    const found = rows.find((row) => row.file === file);
    if (found === undefined) return undefined;
    this.#bytes -= found.bytes;
    const others = rows.filter((row) => row !== found);
    if (others.length > 0) this.#files.set(number, others);
    else this.#files.delete(number);
    return found;
  }
}
