/** The shape `wide`: one row for each moment or step, one column for each topic or field. */

import { FieldReader } from "../fields/field_reader.ts";
import { BOOLEAN, INTEGER, NULL, NUMBER } from "../fields/field_list.ts";
import type { Batch } from "../message/batch.ts";
import { BlockBuffer } from "./block_buffer.ts";
import { Moments, type Steps } from "./moments.ts";
import type { Topic } from "./selection.ts";
import type { TableBuilder } from "./table_builder.ts";
import type { Aggregate, WideLayout, WidePlace } from "./wide_columns.ts";

/** Options of {@linkcode WideTable}. */
export interface WideTableOptions {
  /** undefined: one row for each moment. */
  readonly steps: Steps | undefined;
  readonly aggregate: Aggregate;
  readonly switchesAsNumbers: boolean;
}

export class WideTable implements TableBuilder {
  readonly table: BlockBuffer;
  readonly #places: readonly WidePlace[];
  readonly #steps: Steps | undefined;
  readonly #aggregate: Aggregate;
  readonly #moments: Moments;
  readonly #reader: FieldReader;
  /** The present row in its block. */
  #row = 0;
  /** Values that a mean is of, by column, and the columns that have any in the present row. */
  readonly #counts: Float64Array;
  readonly #touched: number[] = [];
  /** The time of the last row that was added for a step without messages. */
  #filledTo = NaN;

  constructor({ columns, places }: WideLayout, options: WideTableOptions) {
    const { steps, aggregate, switchesAsNumbers } = options;
    this.table = new BlockBuffer(columns);
    this.#places = places;
    this.#steps = steps;
    this.#aggregate = aggregate;
    this.#moments = new Moments(steps);
    this.#reader = new FieldReader({ switchesAsNumbers });
    this.#counts = new Float64Array(columns.length);
  }

  advance(time: number): boolean {
    const steps = this.#steps;
    const from = Number.isNaN(this.#filledTo) ? this.#moments.time : this.#filledTo;
    if (steps === undefined || Number.isNaN(from)) return true;
    const start = steps.startOf(time);
    this.#endRow();
    for (let next = steps.after(from); next < start; next = steps.after(next)) {
      if (this.table.ready.length > 0) return false;
      this.#addRow(next);
      this.#filledTo = next;
    }
    this.#filledTo = NaN;
    return true;
  }

  add(batch: Batch, i: number, topic: Topic): void {
    const reader = this.#reader;
    const { bytes } = batch.data;
    const classes = batch.payloadClasses(i), time = batch.time(i);
    reader.read(bytes, batch.topicEnd(i), batch.payloadEnd(i), classes, topic.root);
    const { count, kinds, nodes, numbers, unit } = reader.fields;
    if (this.#moments.isNewRow(time, nodes, count)) {
      this.#endRow();
      this.#addRow(this.#moments.time);
    }
    const { columns } = this.table, row = this.#row;
    for (let f = 0; f < count; f++) {
      const place = this.#places[nodes[f]!.column]!, kind = kinds[f]!;
      if (kind === NULL) continue;
      if (this.#aggregate === "count") {
        const values = columns[place.column] as Float64Array;
        values[row] = (values[row] || 0) + 1;
      } else if (kind === NUMBER || kind === INTEGER) {
        if (unit === undefined || unit === place.unit) this.#number(place.column, numbers[f]!);
        else columns[place.text]![row] = `${numbers[f]} ${unit}`;
      } else if (kind === BOOLEAN && place.kind === "boolean") {
        columns[place.column]![row] = numbers[f]!;
      } else if (place.text >= 0) {
        const text = columns[place.text]![row] = kind === BOOLEAN
          ? numbers[f] === 1 ? "true" : "false"
          : reader.text(f);
        this.table.characters += text.length;
      }
    }
  }

  end(): void {
    this.#endRow();
    this.table.complete();
  }

  #addRow(time: number): void {
    this.#row = this.table.addRow();
    this.table.columns[0]![this.#row] = time;
  }

  /** Puts a number with those of its row. */
  #number(column: number, value: number): void {
    const values = this.table.columns[column] as Float64Array, row = this.#row;
    const before = values[row]!;
    switch (this.#aggregate) {
      case "min":
        if (before <= value) return;
        break;
      case "max":
        if (before >= value) return;
        break;
      case "mean":
        if (this.#counts[column]!++ === 0) this.#touched.push(column);
        else value += before;
    }
    values[row] = value;
  }

  /** Makes means of the sums in the present row. */
  #endRow(): void {
    const touched = this.#touched, counts = this.#counts;
    if (touched.length === 0) return;
    for (const column of touched) {
      (this.table.columns[column] as Float64Array)[this.#row]! /= counts[column]!;
      counts[column] = 0;
    }
    touched.length = 0;
  }
}
