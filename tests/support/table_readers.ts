/** Tables as the tools of people read them, value for value. */

import assert from "node:assert/strict";
import type { Column } from "../../lib/export/table.ts";
import { Zone } from "../../lib/export/zone.ts";
import type { Row, Value } from "./written_tables.ts";

/** A library of Python, or LibreOffice under the locale of a language. */
export type Tool =
  | "csv"
  | "duckdb"
  | "json"
  | "openpyxl"
  | "pandas"
  | "pyarrow"
  | "sqlite3";

/** A table to be read. */
export interface Job {
  readonly tool: Tool;
  readonly path: string;
  /** Of SQLite. */
  readonly table?: string;
}

/** A table as a tool reads it; a time is an object. */
export interface ReadTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const SCRIPT = new URL("read_table.py", import.meta.url).pathname;
const PYTHONS = ["python3", "/usr/bin/python3"];
/** Prints which of the libraries there are, without loading them: that takes seconds. */
const LIBRARIES = `
from importlib.metadata import version, PackageNotFoundError
for name in ("duckdb", "openpyxl", "pandas", "pyarrow"):
    try: print(name, version(name))
    except PackageNotFoundError: pass
`;

async function run(
  command: string,
  args: readonly string[],
  stderr: "null" | "inherit" = "null",
): Promise<string | undefined> {
  try {
    const output = await new Deno.Command(command, { args: [...args], stderr }).output();
    return output.success ? new TextDecoder().decode(output.stdout) : undefined;
  } catch {
    return undefined;
  }
}

/** The first Python with all the libraries, and the version of openpyxl. */
async function findPython(): Promise<
  { readonly path: string; readonly openpyxl: string } | undefined
> {
  for (const path of PYTHONS) {
    const lines = (await run(path, ["-c", LIBRARIES]))?.trim().split("\n") ?? [];
    const openpyxl = lines.find((line) => line.startsWith("openpyxl "))?.split(" ")[1];
    if (lines.length === 4 && openpyxl !== undefined) return { path, openpyxl };
  }
  return undefined;
}

const python = await findPython();

/** Whether there is a Python that has DuckDB, openpyxl, pandas and pyarrow. */
export const HAS_PYTHON = python !== undefined;
/** pandas takes no openpyxl that is older, as Debian's is; with that workbooks are read anyway. */
export const PANDAS_READS_WORKBOOKS =
  (python?.openpyxl ?? "").localeCompare("3.1.5", "en", { numeric: true }) >= 0;
/** Whether LibreOffice is installed. */
export const HAS_LIBREOFFICE = await run("sh", ["-c", "command -v soffice"]) !== undefined;

/** What a script prints, run by a Python with these libraries. */
export async function runPython(args: readonly string[]): Promise<string> {
  const text = await run(python!.path, args, "inherit");
  assert.ok(text !== undefined, "Python failed");
  return text;
}

/** Reads tables. Starts one Python for all, as its libraries are slow to load. */
export async function readTables(jobs: readonly Job[]): Promise<readonly ReadTable[]> {
  const text = await runPython([SCRIPT, JSON.stringify(jobs)]);
  const results = JSON.parse(text) as (ReadTable & { readonly error?: string })[];
  results.forEach(({ error }, i) =>
    assert.equal(error, undefined, `${jobs[i]!.tool} ${jobs[i]!.path}`)
  );
  return results;
}

/** What a tool or a format does to values, beyond what the table says. */
export interface Tolerance {
  /** Texts that are empty are absent, or the other way round. */
  readonly emptyIsAbsent?: boolean;
  /** Line ends become LF. */
  readonly lineFeeds?: boolean;
  /** Digits of a number that are kept. @default {all} */
  readonly digits?: number;
  /** What a NUL becomes. */
  readonly nul?: string;
  /** Escapes of xlsx that are texts themselves are taken for escapes. */
  readonly unescaped?: boolean;
  /** Texts may have an apostrophe before them, which keeps a spreadsheet from reading them. */
  readonly apostrophes?: boolean;
  /** Times and numbers have to be found as such, not as texts that look like them. */
  readonly typed?: boolean;
}

/** Compares a table with what it was made of, and names the first values that differ. */
export function assertTable(
  name: string,
  found: ReadTable,
  columns: readonly Column[],
  rows: readonly Row[],
  { timeZone = "UTC", ...tolerance }: Tolerance & { readonly timeZone?: string } = {},
): void {
  const header = found.columns.map((one) => tolerance.apostrophes ? one.replace(/^'/, "") : one);
  assert.deepEqual(header, columns.map((column) => column.name), `${name}: columns`);
  assert.equal(found.rows.length, rows.length, `${name}: rows`);
  const zone = new Zone(timeZone);
  const different: string[] = [];
  rows.forEach((row, i) =>
    columns.forEach((column, k) => {
      const wanted = expected(column, row[k], tolerance);
      const got = normal(column, found.rows[i]![k], zone, tolerance);
      if (got === wanted) return;
      different.push(`row ${i + 1}, ${column.name}: ${show(got)}, not ${show(wanted)}`);
    })
  );
  assert.deepEqual(different.slice(0, 10), [], `${name}: ${different.length} values differ`);
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 200) ?? "absent";
}

function rounded(value: number, { digits }: Tolerance): number {
  // No negative zero: SQLite has none. A sheet has integers of more than 15 digits as texts.
  if (Number.isSafeInteger(value)) return value + 0;
  return digits === undefined ? value + 0 : Number(value.toPrecision(digits)) + 0;
}

function textOf(text: string, tolerance: Tolerance): string | undefined {
  if (text === "" && tolerance.emptyIsAbsent) return undefined;
  const decoded = tolerance.unescaped
    ? text.replaceAll(/_x([\da-f]{4})_/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))
    : text;
  const ended = tolerance.lineFeeds ? decoded.replaceAll(/\r\n?|\n\r/g, "\n") : decoded;
  return tolerance.nul === undefined ? ended : ended.replaceAll("\0", tolerance.nul);
}

function expected({ kind }: Column, value: Value, tolerance: Tolerance): Value {
  if (value === undefined) return undefined;
  if (kind === "text") return textOf((value as string).toWellFormed(), tolerance);
  return kind === "number" ? rounded(value as number, tolerance) : value;
}

/** What a tool found, as the table would have it. */
function normal({ kind }: Column, found: unknown, zone: Zone, tolerance: Tolerance): unknown {
  const { apostrophes, typed } = tolerance;
  if (found === null || found === undefined || found === "" && kind !== "text") return undefined;
  const hasApostrophe = apostrophes && typeof found === "string" && found.startsWith("'");
  const value = hasApostrophe ? found.slice(1) : found;
  if (typed && !hasApostrophe && kind !== "text" && typeof value === "string") {
    if (!/^=(?:TRUE|FALSE)\(\)$/.test(value)) return value;
  }
  switch (kind) {
    case "time":
      return instant(value, zone);
    case "number":
    case "integer":
      if (typeof value === "string") return Number(value) + 0;
      return typeof value === "number" ? rounded(value, tolerance) : value;
    case "boolean":
      return /^(?:true|1|=TRUE\(\))$/i.test(String(value))
        ? true
        : /^(?:false|0|=FALSE\(\))$/i.test(String(value))
        ? false
        : value;
    default:
      return typeof value === "string" ? textOf(value, tolerance) : value;
  }
}

/** A time as a tool has it: with an offset, or on the clock of the zone. */
function instant(value: unknown, zone: Zone): unknown {
  const text = typeof value === "string" ? value : (value as { readonly time?: string }).time;
  if (text === undefined) return value;
  if (/(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return Date.parse(text);
  // Rounded to milliseconds: a spreadsheet holds days as doubles.
  const [, seconds, fraction = "0"] = /^(.*?)(\.\d+)?$/.exec(text)!;
  return zone.toUtc(Date.parse(`${seconds}Z`) + Math.round(Number(fraction) * 1000));
}
