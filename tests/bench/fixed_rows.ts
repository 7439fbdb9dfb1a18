/** Counts rows of one length by the size of their file. */

/** Observes one recording without reading it. */
export class FixedRows {
  readonly #paths: readonly string[];
  /** Size of each file with one row, and size of each further row. */
  #first: readonly number[] = [];
  #step: readonly number[] = [];

  /** @param base Path of the recording, without extension. */
  constructor(base: string) {
    this.#paths = [`${base}.csv`, `${base}.json`];
  }

  sizes(): readonly number[] {
    return this.#paths.map((path) => Deno.statSync(path).size);
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

  /** Number of rows that are whole in both files. */
  inBoth(): number {
    const rows = this.sizes().map((size, i) =>
      1 + Math.floor((size - this.#first[i]!) / this.#step[i]!)
    );
    return Math.min(...rows);
  }
}
