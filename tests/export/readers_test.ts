/** Every kind of payload, exported by the command, as the tools of people read it: value for value. */

import assert from "node:assert/strict";
import { exportTable } from "../../lib/commands/export.ts";
import type { Column, Shape } from "../../lib/export/table.ts";
import { csv } from "../../lib/formats/csv.ts";
import { fileOf, recordOf } from "../support/arbitrary.ts";
import { type ExpectedField, kindMessages, KINDS } from "../support/export_kinds.ts";
import type { Row, Value } from "../support/written_tables.ts";
import { convert } from "../support/libreoffice.ts";
import { inFolder } from "../support/program.ts";
import {
  assertTable,
  HAS_LIBREOFFICE,
  HAS_PYTHON,
  type Job,
  PANDAS_READS_WORKBOOKS,
  type ReadTable,
  readTables,
  type Tolerance,
} from "../support/table_readers.ts";

const TIME_ZONE = "Europe/Paris";
const MESSAGES = kindMessages();

interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** The shape `rows`, from the definition of the record. */
function rowsTable(): Table {
  const kinds = ["time", "text", "text", "text", "integer", "boolean", "boolean"] as const;
  const names = Object.keys(recordOf(MESSAGES[0]!));
  return {
    columns: names.map((name, i) => ({ name, kind: kinds[i]! })),
    rows: MESSAGES.map((message) => [message.time, ...Object.values(recordOf(message)).slice(1)]),
  };
}

/** What stands in the column of texts: also bytes, and what is no number. */
function textOf({ value }: ExpectedField): string | undefined {
  return value === null || typeof value === "number" ? undefined : String(value);
}

const BINARY = ["no UTF-8", "binary with line breaks", "NUL in the middle"];

/** The shape `long`. */
function longTable(): Table {
  const columns: readonly Column[] = [
    { name: "timestamp", kind: "time" },
    { name: "topic", kind: "text" },
    { name: "field", kind: "text" },
    { name: "value", kind: "number" },
    { name: "text", kind: "text" },
    { name: "unit", kind: "text" },
  ];
  const rows = KINDS.flatMap(({ name, topic, fields }, i) =>
    fields.map((each): Row => [
      MESSAGES[i]!.time,
      topic,
      each.field,
      typeof each.value === "number" ? each.value : undefined,
      textOf(each),
      BINARY.includes(name) ? "base64" : each.unit,
    ])
  );
  return { columns, rows };
}

/** One field of one topic, and its values by message. */
interface WideField {
  readonly name: string;
  readonly topic: string;
  readonly values: Map<number, ExpectedField>;
}

/** The fields in the order of their topics, and of their first appearance. */
function wideFields(): readonly WideField[] {
  const fields = new Map<string, WideField>();
  KINDS.forEach(({ topic, fields: found }, i) =>
    found.forEach((each, k) => {
      const before = found.slice(0, k).filter(({ field }) => field === each.field).length;
      const key = [topic, each.field, before].join("\0");
      const name = each.field === "" ? topic : `${topic}/${each.field}`;
      if (!fields.has(key)) fields.set(key, { name, topic, values: new Map() });
      fields.get(key)!.values.set(i, each);
    })
  );
  return [...fields.values()].sort((a, b) => a.topic < b.topic ? -1 : Number(a.topic > b.topic));
}

/** The shape `wide`. */
function wideTable(): Table {
  const columns: Column[] = [{ name: "timestamp", kind: "time" }];
  const values: ReadonlyMap<number, Value>[] = [];
  const used = new Set<string>();
  const add = (name: string, kind: Column["kind"], of: ReadonlyMap<number, Value>) => {
    let free = name;
    for (let n = 2; used.has(free.toLowerCase()); n++) free = `${name} (${n})`;
    used.add(free.toLowerCase());
    columns.push({ name: free, kind });
    values.push(of);
  };
  for (const { name, values: fields } of wideFields()) {
    const all = [...fields].filter(([, { value }]) => value !== null && value !== "");
    const unit = all.find(([, each]) => each.unit !== undefined)?.[1].unit;
    const isNumber = ([, each]: (typeof all)[number]) =>
      typeof each.value === "number" && (each.unit === undefined || each.unit === unit);
    const numbers = all.filter(isNumber), others = all.filter((each) => !isNumber(each));
    const payload = (i: number, each: ExpectedField) =>
      each.unit === undefined ? String(each.value) : KINDS[i]!.payload as string;
    const texts = new Map(others.map(([i, each]): [number, Value] => [i, payload(i, each)]));
    if (numbers.length > 0) {
      const own = new Map(numbers.map(([i, { value }]): [number, Value] => [i, value as number]));
      add(unit === undefined ? name : `${name} (${unit})`, "number", own);
      if (texts.size > 0) add(`${name}.text`, "text", texts);
    } else if (all.length > 0 && all.every(([, { value }]) => typeof value === "boolean")) {
      add(name, "boolean", new Map(all.map(([i, { value }]) => [i, value as boolean])));
    } else add(name, "text", texts);
  }
  const rows = MESSAGES.map(({ time }, i): Row => [time, ...values.map((of) => of.get(i))]);
  return { columns, rows };
}

const TABLES: Readonly<Record<Shape, Table>> = {
  rows: rowsTable(),
  long: longTable(),
  wide: wideTable(),
};
const SHAPES = Object.keys(TABLES) as Shape[];
const SQLITE_TABLES: Readonly<Record<Shape, string>> = {
  rows: "messages",
  long: "samples",
  wide: "wide",
};

/** An empty text is what stands for nothing there, or becomes nothing. */
const EMPTY: Tolerance = { emptyIsAbsent: true };
/** What LibreOffice does where it writes: one kind of line end, 15 digits, no escape of escapes. */
const LIBREOFFICE: Tolerance = {
  emptyIsAbsent: true,
  lineFeeds: true,
  digits: 15,
  unescaped: true,
};

/** Each tool with each format that it reads, and what it does to values. */
const READERS: readonly (readonly [Job["tool"], string, Tolerance])[] = [
  ["csv", "csv", EMPTY],
  ["pandas", "csv", EMPTY],
  ["duckdb", "csv", EMPTY],
  ["json", "json", EMPTY],
  ["json", "ndjson", EMPTY],
  ["duckdb", "json", EMPTY],
  ["duckdb", "ndjson", EMPTY],
  ["pyarrow", "parquet", EMPTY],
  ["pandas", "parquet", EMPTY],
  ["duckdb", "parquet", EMPTY],
  ["sqlite3", "sqlite", EMPTY],
  ["pandas", "sqlite", EMPTY],
  ["openpyxl", "xlsx", EMPTY],
  ...PANDAS_READS_WORKBOOKS ? [["pandas", "xlsx", EMPTY] as const] : [],
];

/** Exports the recording of all kinds as `<folder>/<shape>.<extension>`. */
async function exported(folder: string, extension: string, flags: readonly string[] = []) {
  await Deno.writeFile(`${folder}/kinds.csv`, fileOf(csv, MESSAGES));
  for (const shape of SHAPES) {
    const argv = [`${folder}/kinds.csv`, "-o", `${folder}/${shape}.${extension}`, "--shape", shape];
    const always = ["--time-zone", TIME_ZONE, "--quiet", ...flags];
    assert.equal(await exportTable([...argv, ...always], () => undefined), 0);
  }
}

/** The table of a shape as SQLite has it: samples begin with the number of their message. */
function withoutId(found: ReadTable, shape: Shape): ReadTable {
  if (shape !== "long" || found.columns[0] !== "message_id") return found;
  return { columns: found.columns.slice(1), rows: found.rows.map((row) => row.slice(1)) };
}

function check(name: string, shape: Shape, found: ReadTable, tolerance: Tolerance): void {
  const { columns, rows } = TABLES[shape];
  const options = { timeZone: TIME_ZONE, ...tolerance };
  assertTable(`${name}, ${shape}`, withoutId(found, shape), columns, rows, options);
}

Deno.test({
  name: "export gives Python and DuckDB every value, in every format and shape",
  ignore: !HAS_PYTHON,
  async fn() {
    await inFolder(async (folder) => {
      const extensions = new Set(READERS.map(([, extension]) => extension));
      for (const extension of extensions) await exported(folder, extension);
      const cases = READERS.flatMap((reader) => SHAPES.map((shape) => [...reader, shape] as const));
      const found = await readTables(cases.map(([tool, extension, , shape]) => ({
        tool,
        path: `${folder}/${shape}.${extension}`,
        table: SQLITE_TABLES[shape],
      })));
      cases.forEach(([tool, extension, tolerance, shape], i) =>
        check(`${tool} in ${extension}`, shape, found[i]!, tolerance)
      );
    });
  },
});

Deno.test({
  name: "export gives LibreOffice in English and in French every value of xlsx, in every shape",
  ignore: !HAS_PYTHON || !HAS_LIBREOFFICE,
  async fn() {
    await inFolder(async (folder) => {
      await exported(folder, "xlsx");
      const paths = SHAPES.map((shape) => `${folder}/${shape}.xlsx`);
      for (const lang of ["en", "fr"] as const) {
        const converted = await convert(paths, folder, lang);
        const found = await readTables(converted.map((path) => ({ tool: "openpyxl", path })));
        SHAPES.forEach((shape, i) => check(`LibreOffice ${lang}`, shape, found[i]!, LIBREOFFICE));
      }
    });
  },
});

Deno.test({
  name:
    "export --excel gives LibreOffice every value of CSV: real dates and numbers, no formula run",
  ignore: !HAS_PYTHON || !HAS_LIBREOFFICE,
  async fn() {
    for (const lang of ["en", "fr"] as const) {
      await inFolder(async (folder) => {
        await exported(folder, "csv", ["--excel", lang]);
        const paths = SHAPES.map((shape) => `${folder}/${shape}.csv`);
        const converted = await convert(paths, folder, lang);
        const found = await readTables(converted.map((path) => ({ tool: "openpyxl", path })));
        SHAPES.forEach((shape, i) =>
          check(`LibreOffice ${lang}, CSV`, shape, found[i]!, {
            ...LIBREOFFICE,
            typed: true,
            apostrophes: true,
          })
        );
      });
    }
  },
});
