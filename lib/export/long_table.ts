/** The shape `long`: one row for each number or text that a payload holds. */

import { FieldReader } from "../fields/field_reader.ts";
import { BINARY, BOOLEAN, INTEGER, NULL, NUMBER } from "../fields/field_list.ts";
import type { Batch } from "../message/batch.ts";
import { BlockBuffer } from "./block_buffer.ts";
import { rowsColumns, RowsWriter } from "./rows_table.ts";
import type { Topic } from "./selection.ts";
import type { Column } from "./table.ts";
import type { TableBuilder } from "./table_builder.ts";

/** What stands for the unit where the text is bytes in base64. */
const BASE64_UNIT = "base64";
const BOOLEANS = ["false", "true"] as const;

/** The columns; with `messages` the first one says which message a sample belongs to. */
export function longColumns(withMessages: boolean): Column[] {
  const columns: Column[] = [
    { name: "timestamp", kind: "time" },
    { name: "topic", kind: "text", repeats: true },
    { name: "field", kind: "text", repeats: true },
    { name: "value", kind: "number" },
    { name: "text", kind: "text" },
    { name: "unit", kind: "text", repeats: true },
  ];
  return withMessages ? [{ name: "message_id", kind: "integer" }, ...columns] : columns;
}

/** The columns of the table of messages. */
export function messageColumns(withProperties: boolean): Column[] {
  return [{ name: "id", kind: "integer" }, ...rowsColumns(withProperties)];
}

/** Options of {@linkcode LongTable}. */
export interface LongTableOptions {
  /** Also fills the table of messages. */
  readonly withMessages: boolean;
  readonly withProperties: boolean;
  readonly switchesAsNumbers: boolean;
}

export class LongTable implements TableBuilder {
  readonly table: BlockBuffer;
  readonly messages?: BlockBuffer;
  readonly #reader: FieldReader;
  readonly #rows: RowsWriter;
  readonly #first: number;
  #id = 0;

  constructor({ withMessages, withProperties, switchesAsNumbers }: LongTableOptions) {
    this.table = new BlockBuffer(longColumns(withMessages));
    if (withMessages) this.messages = new BlockBuffer(messageColumns(withProperties));
    this.#rows = new RowsWriter(withProperties, 1);
    this.#reader = new FieldReader({ switchesAsNumbers });
    this.#first = withMessages ? 1 : 0;
  }

  add(batch: Batch, i: number, topic: Topic): void {
    const { table, messages } = this;
    const reader = this.#reader, first = this.#first;
    const id = ++this.#id;
    if (messages !== undefined) {
      const row = this.#rows.write(messages, batch, i, topic.name);
      messages.columns[0]![row] = id;
    }
    const { bytes } = batch.data;
    const classes = batch.payloadClasses(i);
    reader.read(bytes, batch.topicEnd(i), batch.payloadEnd(i), classes, topic.root);
    const { count, kinds, nodes, numbers, unit } = reader.fields;
    const time = batch.time(i);
    for (let f = 0; f < count; f++) {
      const row = table.addRow();
      const { columns } = table;
      if (first > 0) columns[0]![row] = id;
      (columns[first] as Float64Array)[row] = time;
      (columns[first + 1] as (string | undefined)[])[row] = topic.name;
      (columns[first + 2] as (string | undefined)[])[row] = nodes[f]!.name;
      const kind = kinds[f]!;
      if (kind === NUMBER || kind === INTEGER) {
        (columns[first + 3] as Float64Array)[row] = numbers[f]!;
        if (unit !== undefined) columns[first + 5]![row] = unit;
      } else if (kind === BOOLEAN) columns[first + 4]![row] = BOOLEANS[numbers[f] as 0 | 1];
      else if (kind !== NULL) {
        const text = columns[first + 4]![row] = reader.text(f);
        table.characters += text.length;
        if (kind === BINARY) columns[first + 5]![row] = BASE64_UNIT;
      }
    }
  }

  end(): void {
    this.messages?.complete();
    this.table.complete();
  }
}
