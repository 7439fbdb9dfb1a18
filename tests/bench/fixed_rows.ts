/** Rows that are all of one length: a file's size tells how many there are. */

/** What is seen of one recording without reading it. */
export class FixedRows {
  readonly #paths: readonly string[];
  /** Size of each file with one row, and what each further one adds. */
  #first: readonly number[] = [];
  #step: readonly number[] = [];

  /** @param base Path of the recording, without extension. */
  constructor(base: string) {
    this.#paths = [`${base}.csv`, `${base}.json`];
  }

  sizes(): readonly number[] {
    return this.#paths.map((path) => Deno.statSync(path).size);
  }

  /** Whether both files are longer than they were. */
  grownSince(before: readonly number[]): boolean {
    return this.sizes().every((size, i) => size > before[i]!);
  }

  /** Takes the sizes with one row and with two: row lengths need not be known beforehand. */
  learn(one: readonly number[], two: readonly number[]): void {
    this.#first = one;
    this.#step = two.map((size, i) => size - one[i]!);
  }

  /** Rows that are whole in both files. */
  inBoth(): number {
    const rows = this.sizes().map((size, i) =>
      1 + Math.floor((size - this.#first[i]!) / this.#step[i]!)
    );
    return Math.min(...rows);
  }
}
