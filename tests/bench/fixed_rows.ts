/** Counts rows of one length by the size of their file. */

/** Observes one recording without reading it. */
export class FixedRows {
  readonly #paths: readonly string[];
  readonly #rowsPerFile: number;
  /** Size of each file with one row, and size of each further row. */
  #first: readonly number[] = [];
  #step: readonly number[] = [];
  /** Files that are finished, and rows in them and the present one, by format. */
  readonly #finished: number[];
  readonly #rows: number[];

  /**
   * @param base Path of the recording, without extension.
   * @param rowsPerFile Rows of a file that is finished. @default {0: none is}
   */
  constructor(base: string, rowsPerFile = 0) {
    this.#paths = [`${base}.csv`, `${base}.json`];
    this.#rowsPerFile = rowsPerFile;
    this.#finished = this.#paths.map(() => 0);
    this.#rows = this.#paths.map(() => 0);
  }

  sizes(): readonly number[] {
    return this.#paths.map((path) => sizeOf(path) ?? 0);
  }

  /** Whether both files have grown. */
  grownSince(before: readonly number[]): boolean {
    return this.sizes().every((size, i) => size > before[i]!);
  }

  /** Learns the row lengths from the sizes with one row and with two. */
  learn(one: readonly number[], two: readonly number[]): void {
    this.#first = one;
    this.#step = two.map((size, i) => size - one[i]!);
  }

  /** Number of rows that are whole in both formats; call it several times for each file. */
  inBoth(): number {
    for (const [i, path] of this.#paths.entries()) {
      const size = sizeOf(path);
      // Renamed, and not begun anew yet.
      if (size === undefined) continue;
      const open = size < this.#first[i]!
        ? 0
        : 1 + Math.floor((size - this.#first[i]!) / this.#step[i]!);
      const rows = () =>
        (this.#finished[i]! > 0 ? this.#finished[i]! * this.#rowsPerFile : 0) + open;
      if (rows() < this.#rows[i]!) this.#finished[i]!++;
      this.#rows[i] = rows();
    }
    return Math.min(...this.#rows);
  }
}

/** Bytes of a file; undefined: it is not there. */
function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}
