/** Exports messages into memory, for tests. */

import { type ExportOptions, exportRecording } from "../../lib/export/export_recording.ts";
import { OutputFile } from "../../lib/export/output_file.ts";
import type { Block, Column, ColumnKind, TableFormat, TableInfo } from "../../lib/export/table.ts";
import { formatsOf } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { RecordingSet } from "../../lib/reading/recording_set.ts";
import { fileOf } from "./arbitrary.ts";
import { inFolder } from "./program.ts";

/** A cell; absent ones are undefined. */
export type Value = string | number | boolean | undefined;

/** A table that was written into memory. */
export interface Table {
  readonly info: TableInfo;
  readonly rows: Value[][];
  /** The rows of its table of messages. */
  readonly messages: Value[][];
  /** Rows of each block. */
  readonly blocks: number[];
}

/** Options with their defaults. */
export function exportOptions(options: Partial<ExportOptions> = {}): ExportOptions {
  const all = { topics: [], without: [], from: -Infinity, to: Infinity };
  return {
    shape: "long",
    everyMs: undefined,
    aggregate: "last",
    timeZone: "UTC",
    excel: undefined,
    switchesAsNumbers: false,
    lang: "en",
    ...options,
    selection: { ...all, ...options.selection },
  };
}

/** The rows of a block. */
export function rowsOfBlock({ rows, columns }: Block, kinds: readonly Column[]): Value[][] {
  return Array.from({ length: rows }, (_, row) =>
    kinds.map(({ kind }, i) => {
      const value = columns[i]![row];
      if (kind === "text") return value as string | undefined;
      if (kind === "boolean") return value === 255 ? undefined : value === 1;
      return Number.isNaN(value) ? undefined : value as number;
    }));
}

/** A format that keeps what it is given. */
export function memoryFormat(
  options: Partial<TableFormat> = {},
): { readonly format: TableFormat; readonly table: () => Table } {
  let table: Table | undefined;
  return {
    table: () => table!,
    format: {
      maxColumns: 16_384,
      ...options,
      open: (_path, info) => {
        const kept: Table = table = { info, rows: [], messages: [], blocks: [] };
        return Promise.resolve({
          write: (block: Block) => {
            kept.blocks.push(block.rows);
            for (const row of rowsOfBlock(block, info.columns)) kept.rows.push(row);
            return Promise.resolve();
          },
          writeMessages: (block: Block) => {
            kept.messages.push(...rowsOfBlock(block, info.messages!.columns));
            return Promise.resolve();
          },
          finish: () => Promise.resolve(),
          abort: () => Promise.resolve(),
        });
      },
    },
  };
}

/** Exports recordings, one for each list of messages, into memory. */
export async function exported(
  recordings: readonly (readonly Message[])[],
  options: Partial<ExportOptions> = {},
  formatOptions: Partial<TableFormat> = {},
): Promise<Table> {
  const { format, table } = memoryFormat(formatOptions);
  await inFolder(async (folder) => {
    const named = [];
    for (const [i, messages] of recordings.entries()) {
      const path = `${folder}/r${i}.csv`;
      const withProperties = messages.some(({ propertiesText }) => propertiesText !== undefined);
      await Deno.writeFile(path, fileOf(formatsOf(withProperties).csv, messages));
      named.push({ base: `${folder}/r${i}`, paths: new Map([["csv" as const, path]]) });
    }
    const set = await RecordingSet.open(named);
    const output = await OutputFile.prepare(`${folder}/t.csv`, { files: set.files, force: false });
    await exportRecording(set, format, output, exportOptions(options), {
      gaps: [],
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  });
  return table();
}

/** The text of a file with these columns: name, kind, values, and more about it. */
export async function written(
  format: TableFormat,
  columns: readonly (readonly [
    string,
    ColumnKind,
    readonly (string | number | undefined)[],
    Partial<Column>?,
  ])[],
  options: Partial<TableInfo> = {},
): Promise<string> {
  const rows = columns[0]![2].length;
  const info: TableInfo = {
    columns: columns.map(([name, kind, , more]) => ({ name, kind, ...more })),
    shape: "long",
    rowCount: rows,
    timeZone: "UTC",
    summary: {
      ...{ files: [], messages: 0, begin: undefined, end: undefined, topics: [] },
      ...{ otherTopics: 0, gaps: [] },
    },
    lang: "en",
    ...options,
  };
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  try {
    const writer = await format.open(path, info);
    const values = columns.map(([, kind, values]) =>
      kind === "text" ? [...values] as string[] : Float64Array.from(values as number[])
    );
    await writer.write({ rows, columns: values });
    await writer.finish();
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await Deno.readFile(path));
  } finally {
    await Deno.remove(path);
  }
}
