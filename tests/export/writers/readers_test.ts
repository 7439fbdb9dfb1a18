/** What the tools of people read in the files of the writers: the same values, none lost. */

import assert from "node:assert/strict";
import { parse } from "@std/csv/parse";
import type { TableFormat } from "../../../lib/export/table.ts";
import { format as parquet } from "../../../lib/export/writers/parquet.ts";
import { format as sqlite } from "../../../lib/export/writers/sqlite.ts";
import { format as xlsx } from "../../../lib/export/writers/xlsx.ts";
import {
  ALL_KINDS,
  nastyRows,
  type Row,
  tableInfo,
  writeTable,
} from "../../support/written_tables.ts";
import { convert } from "../../support/libreoffice.ts";
import { inFolder } from "../../support/program.ts";
import {
  assertTable,
  HAS_LIBREOFFICE,
  HAS_PYTHON,
  type Job,
  PANDAS_READS_WORKBOOKS,
  readTables,
  type Tolerance,
} from "../../support/table_readers.ts";

const FORMATS: Readonly<Record<string, TableFormat>> = { parquet, sqlite, xlsx };
const TIME_ZONE = "Europe/Paris";

/** Each tool with each format that it reads, and what it does to values. */
const READERS: readonly (readonly [Job["tool"], keyof typeof FORMATS, Tolerance?])[] = [
  ["pyarrow", "parquet"],
  ["pandas", "parquet"],
  ["duckdb", "parquet"],
  ["sqlite3", "sqlite"],
  ["pandas", "sqlite"],
  ["openpyxl", "xlsx"],
  ...PANDAS_READS_WORKBOOKS ? [["pandas", "xlsx", { emptyIsAbsent: true }] as const] : [],
];

/**
 * What LibreOffice does to values: no NUL, and where it writes one kind of line end, 15 digits, and
 * no escape of what looks like an escape.
 */
const LIBREOFFICE: Tolerance = {
  emptyIsAbsent: true,
  lineFeeds: true,
  digits: 15,
  nul: " ",
  unescaped: true,
};

async function write(folder: string, extension: string, rows: readonly Row[]): Promise<string> {
  const path = `${folder}/t.${extension}`;
  const info = tableInfo(ALL_KINDS, rows.length, { timeZone: TIME_ZONE, lang: "fr" });
  await writeTable(FORMATS[extension]!.open, path, info, rows);
  return path;
}

Deno.test({
  name: "Python's libraries and DuckDB read every value of Parquet, SQLite and xlsx",
  ignore: !HAS_PYTHON,
  async fn() {
    await inFolder(async (folder) => {
      const rows = nastyRows();
      for (const extension of Object.keys(FORMATS)) await write(folder, extension, rows);
      const found = await readTables(READERS.map(([tool, extension]): Job => ({
        tool,
        path: `${folder}/t.${extension}`,
        table: "messages",
      })));
      READERS.forEach(([tool, extension, tolerance], i) =>
        assertTable(`${tool} in ${extension}`, found[i]!, ALL_KINDS, rows, {
          timeZone: TIME_ZONE,
          ...tolerance,
        })
      );
    });
  },
});

Deno.test({
  name: "LibreOffice reads every value of xlsx",
  ignore: !HAS_PYTHON || !HAS_LIBREOFFICE,
  async fn() {
    await inFolder(async (folder) => {
      const rows = nastyRows();
      const path = await write(folder, "xlsx", rows);
      const [converted] = await convert([path], folder, "fr");
      const [found] = await readTables([{ tool: "openpyxl", path: converted! }]);
      assertTable("LibreOffice", found!, ALL_KINDS, rows, { timeZone: TIME_ZONE, ...LIBREOFFICE });
    });
  },
});

Deno.test({
  name:
    "LibreOffice in French shows times with milliseconds, decimal commas, and texts as they are",
  ignore: !HAS_LIBREOFFICE,
  async fn() {
    await inFolder(async (folder) => {
      const time = Date.UTC(2026, 10, 23, 10, 0, 0, 123);
      const rows = [[time, "=1+1", 21.5, 42, true, "007 _x0041_", "3/4"]];
      const path = await write(folder, "xlsx", rows);
      // Separator, quote, UTF-8, first line, …, cells as they are shown.
      const shown = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,true";
      const [converted] = await convert([path], folder, "fr", shown);
      const [, row] = parse(await Deno.readTextFile(converted!), { separator: ";" });
      assert.deepEqual(row, [
        "23/11/2026 11:00:00,123",
        "=1+1",
        "21,5",
        "42",
        "VRAI",
        "007 _x0041_",
        "3/4",
      ]);
    });
  },
});
