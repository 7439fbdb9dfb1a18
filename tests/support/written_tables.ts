/** Tables made by hand, written as the command would write them. */

import type {
  Block,
  Column,
  ColumnKind,
  ColumnValues,
  OpenTableWriter,
  TableInfo,
} from "../../lib/export/table.ts";
import { NASTY_TEXTS, START } from "./arbitrary.ts";
import { KINDS } from "./export_kinds.ts";

/** A value of a table as a test writes it: a time is ms since 1970 UTC. */
export type Value = number | boolean | string | undefined;
export type Row = readonly Value[];

/** What a table is, with defaults for what a test does not care about. */
export function tableInfo(
  columns: readonly Column[],
  rows: number,
  info: Partial<TableInfo> = {},
): TableInfo {
  return {
    columns,
    shape: "rows",
    rowCount: rows,
    timeZone: "UTC",
    lang: "en",
    summary: {
      files: ["exports/mqtt_data.csv"],
      messages: rows,
      begin: START,
      end: START + rows,
      topics: [{ topic: "home/temperature", count: rows }],
      otherTopics: 0,
      gaps: [],
    },
    ...info,
  };
}

function valuesOf(kind: ColumnKind, values: readonly Value[]): ColumnValues {
  if (kind === "text") return values as string[];
  if (kind === "boolean") {
    return Uint8Array.from(values, (value) => value === undefined ? 255 : Number(value));
  }
  return Float64Array.from(values, (value) => value === undefined ? NaN : Number(value));
}

/** Rows as a block. */
export function blockOf(columns: readonly Column[], rows: readonly Row[]): Block {
  return {
    rows: rows.length,
    columns: columns.map(({ kind }, i) => valuesOf(kind, rows.map((row) => row[i]))),
  };
}

/** Writes a whole table. */
export async function writeTable(
  open: OpenTableWriter,
  path: string,
  info: TableInfo,
  rows: readonly Row[],
  blockRows = 1000,
): Promise<void> {
  const writer = await open(path, info);
  for (let i = 0; i < rows.length; i += blockRows) {
    await writer.write(blockOf(info.columns, rows.slice(i, i + blockRows)));
  }
  await writer.finish();
}

/** A column of each kind, and one of texts that repeat. */
export const ALL_KINDS: readonly Column[] = [
  { name: "timestamp", kind: "time" },
  { name: "topic", kind: "text", repeats: true, width: 30 },
  { name: "number", kind: "number", unit: "°C" },
  { name: "integer", kind: "integer" },
  { name: "boolean", kind: "boolean" },
  { name: "text", kind: "text", width: 200 },
  { name: 'odd "name", <é> 🌡️', kind: "text" },
];

const NUMBERS = [0, -1, 21.5, 0.1 + 0.2, 1e-300, -1.7976931348623157e308, 123456789012345, 1 / 3];
const INTEGERS = [0, -1, 42, 2 ** 31, -(2 ** 31), 2 ** 40, Number.MAX_SAFE_INTEGER];

/** Rows of {@linkcode ALL_KINDS} with every text that a format might not carry, and with gaps. */
export function nastyRows(): Row[] {
  const payloads = KINDS.map(({ payload }) => payload).filter((payload) =>
    typeof payload === "string"
  );
  const texts = [...NASTY_TEXTS, ...payloads, "_x000D_", "x".repeat(32_767), "é".repeat(300)];
  const rows = texts.map((text, i): Row => [
    START + i * 1237,
    `home/${i % 7}`,
    NUMBERS[i % NUMBERS.length],
    INTEGERS[i % INTEGERS.length],
    i % 2 === 0,
    text,
    i % 3 === 0 ? undefined : text.slice(0, 100),
  ]);
  const nothing: Row = [START, ...new Array<Value>(ALL_KINDS.length - 1).fill(undefined)];
  return [...rows, nothing];
}
