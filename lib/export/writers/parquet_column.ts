/** One column of a row group of Parquet: kept packed until its turn comes to be written. */

import type { ColumnSource } from "hyparquet-writer";
import type { SchemaElement } from "hyparquet";
import { ABSENT_BOOLEAN, type Column, type ColumnKind, type ColumnValues } from "../table.ts";

/** What the values of a kind are in Parquet, and in JavaScript what the library takes for it. */
const TYPES: Readonly<Record<ColumnKind, Omit<SchemaElement, "name">>> = {
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  number: { type: "DOUBLE" },
  integer: { type: "INT64" },
  boolean: { type: "BOOLEAN" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
};

/** Collects the values of one column for one row group after the other. */
export class ParquetColumn {
  readonly schema: SchemaElement;
  readonly #kind: ColumnKind;
  readonly #repeats: boolean;
  readonly #numbers: Float64Array;
  #texts: (string | undefined)[] = [];
  #hasValues = false;

  /** @param maxRows Rows that a group has at most. */
  constructor({ name, kind, repeats = false }: Column, maxRows: number) {
    this.schema = { name, repetition_type: "OPTIONAL", ...TYPES[kind] };
    this.#kind = kind;
    this.#repeats = repeats;
    this.#numbers = new Float64Array(kind === "text" ? 0 : maxRows);
  }

  /** Takes a value as row `at` of the group; returns how much text it is, in characters. */
  add(at: number, values: ColumnValues, row: number): number {
    const value = values[row];
    if (this.#kind !== "text") {
      this.#numbers[at] = value as number;
      return 0;
    }
    this.#texts[at] = value as string | undefined;
    if (value === undefined) return 0;
    this.#hasValues = true;
    return (value as string).length;
  }

  /** Forgets the group. */
  clear(): void {
    this.#texts = [];
    this.#hasValues = false;
  }

  /** The first `rows` values for the library, which asks for `data` when the column's turn comes. */
  source(rows: number): ColumnSource {
    const values = () => this.#values(rows);
    const source: ColumnSource = {
      name: this.schema.name,
      offsetIndex: false,
      get data() {
        return values();
      },
    };
    // A dictionary without any value is what some readers stumble over.
    if (this.#repeats && this.#hasValues) source.encoding = "RLE_DICTIONARY";
    return source;
  }

  #values(rows: number): unknown[] {
    const texts = this.#texts, numbers = this.#numbers;
    switch (this.#kind) {
      case "text":
        texts.length = rows;
        return texts;
      case "boolean":
        return Array.from(
          numbers.subarray(0, rows),
          (value) => value === ABSENT_BOOLEAN ? null : value === 1,
        );
      case "number":
        return Array.from(numbers.subarray(0, rows), (value) => Number.isNaN(value) ? null : value);
      default:
        return Array.from(
          numbers.subarray(0, rows),
          (value) => Number.isNaN(value) ? null : BigInt(value),
        );
    }
  }
}
