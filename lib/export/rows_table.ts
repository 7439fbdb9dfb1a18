/** The shape `rows`: the recording's own columns, typed. */

import { COLUMNS, PROPERTIES } from "../formats/fields.ts";
import type { Batch } from "../message/batch.ts";
import { HIGH, NUL } from "../message/byte_classes.ts";
import { isUtf8 } from "../message/utf8.ts";
import { TextCache } from "../fields/text_cache.ts";
import { BlockBuffer } from "./block_buffer.ts";
import type { Topic } from "./selection.ts";
import type { Column, ColumnKind } from "./table.ts";
import type { TableBuilder } from "./table_builder.ts";

const KINDS: Readonly<Record<(typeof COLUMNS)[number], ColumnKind>> = {
  timestamp: "time",
  topic: "text",
  payload: "text",
  encoding: "text",
  qos: "integer",
  retain: "boolean",
  dup: "boolean",
};
const REPEATS: readonly string[] = ["topic", "encoding"];
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The columns of a recording, those of `--properties` only where it has them. */
export function rowsColumns(withProperties: boolean): Column[] {
  const columns: Column[] = COLUMNS.map((name) => ({
    name,
    kind: KINDS[name],
    ...(REPEATS.includes(name) ? { repeats: true } : {}),
  }));
  return withProperties ? [...columns, { name: PROPERTIES, kind: "text" }] : columns;
}

/** Writes the columns of a recording into a block, from column `first` on. */
export class RowsWriter {
  readonly #texts = new TextCache();
  readonly #withProperties: boolean;
  readonly #first: number;

  constructor(withProperties: boolean, first = 0) {
    this.#withProperties = withProperties;
    this.#first = first;
  }

  write(table: BlockBuffer, batch: Batch, i: number, topic: string): number {
    const row = table.addRow();
    const { columns } = table;
    const { bytes } = batch.data;
    const start = batch.topicEnd(i), end = batch.payloadEnd(i);
    const classes = batch.payloadClasses(i), flags = batch.flags(i);
    const isText = (classes & NUL) === 0 && ((classes & HIGH) === 0 || isUtf8(bytes, start, end));
    let at = this.#first;
    columns[at++]![row] = batch.time(i);
    columns[at++]![row] = topic;
    columns[at++]![row] = isText
      ? this.#texts.text(bytes, start, end)
      : bytes.subarray(start, end).toBase64();
    table.characters += end - start;
    columns[at++]![row] = isText ? "utf-8" : "base64";
    columns[at++]![row] = flags & 3;
    columns[at++]![row] = flags >> 2 & 1;
    columns[at++]![row] = flags >> 3 & 1;
    const from = batch.propertiesStart(i), to = batch.propertiesEnd(i);
    if (this.#withProperties && to > from) {
      columns[at]![row] = decoder.decode(batch.properties.bytes.subarray(from, to));
    }
    return row;
  }
}

export class RowsTable implements TableBuilder {
  readonly table: BlockBuffer;
  readonly #rows: RowsWriter;

  constructor(withProperties: boolean) {
    this.table = new BlockBuffer(rowsColumns(withProperties));
    this.#rows = new RowsWriter(withProperties);
  }

  add(batch: Batch, i: number, topic: Topic): void {
    this.#rows.write(this.table, batch, i, topic.name);
  }

  end(): void {
    this.table.complete();
  }
}
