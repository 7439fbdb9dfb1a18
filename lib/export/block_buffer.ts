/** Columns of values that fill up, block by block. */

import {
  ABSENT_BOOLEAN,
  type Block,
  type Column,
  type ColumnKind,
  type ColumnValues,
} from "./table.ts";

/** Most rows of a block, and most cells, so that wide tables take no more memory. */
const MAX_ROWS = 65_536, MAX_CELLS = 1 << 20;
/** Characters of texts after which a block is complete. */
const MAX_CHARACTERS = 4 << 20;

/** What an absent value of a column is. */
function absentOf(kind: ColumnKind): number | undefined {
  return kind === "text" ? undefined : kind === "boolean" ? ABSENT_BOOLEAN : NaN;
}

/** The blocks of one table. The one that fills is `columns`, up to row `rows`. */
export class BlockBuffer {
  /** Rows of a whole block. */
  readonly capacity: number;
  /** Complete blocks, to be written and given back with `reuse`. */
  readonly ready: Block[] = [];
  columns: ColumnValues[];
  rows = 0;
  /** Characters of long texts in the present block; counted by who puts them there. */
  characters = 0;
  readonly #kinds: readonly ColumnKind[];
  readonly #spare: ColumnValues[][] = [];

  constructor(columns: readonly Column[]) {
    this.#kinds = columns.map(({ kind }) => kind);
    this.capacity = Math.max(16, Math.min(MAX_ROWS, Math.floor(MAX_CELLS / columns.length)));
    this.columns = this.#allocate();
  }

  /** Adds a row without values; returns its number in the block. Its columns may be new ones. */
  addRow(): number {
    if (this.rows === this.capacity || this.characters > MAX_CHARACTERS) this.complete();
    return this.rows++;
  }

  /** Makes the present block, unless it is empty, a complete one. */
  complete(): void {
    if (this.rows === 0) return;
    this.ready.push({ rows: this.rows, columns: this.columns });
    this.columns = this.#spare.pop() ?? this.#allocate();
    this.rows = 0;
    this.characters = 0;
  }

  /** Takes back a block that has been written. */
  reuse(block: Block): void {
    const columns = [...block.columns];
    for (const [i, kind] of this.#kinds.entries()) {
      const values = columns[i]!;
      if (Array.isArray(values)) values.fill(undefined);
      else values.fill(absentOf(kind)!);
    }
    this.#spare.push(columns);
  }

  #allocate(): ColumnValues[] {
    return this.#kinds.map((kind) => {
      if (kind === "text") return new Array<string | undefined>(this.capacity).fill(undefined);
      return kind === "boolean"
        ? new Uint8Array(this.capacity).fill(absentOf(kind)!)
        : new Float64Array(this.capacity).fill(NaN);
    });
  }
}
