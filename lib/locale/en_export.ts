/** The sentences of `export`, in English. */

import { duration, number } from "./format.ts";

const LANG = "en-US";

/** `1 row`, `1,234 rows`. */
function count(n: number, one: string, many: string): string {
  return n === 1 ? `1 ${one}` : `${number(LANG, n)} ${many}`;
}

export const exporting = {
  usage: "       mqttrec export RECORDING… -o FILE",
  helpUsage: "Usage: mqttrec export RECORDING… -o FILE [FLAGS]",
  intro: [
    "Makes a table of recordings: what Excel, pandas, DuckDB or SQLite open at once.",
    "RECORDING is a .csv or .json recording, their base path without extension, or a",
    "folder; several are merged in order of time.",
    "What FILE becomes is in its extension:",
    "one of .xlsx .csv .parquet .sqlite .ndjson .json",
  ],
  groups: ["The table:", "Which messages:", "The program itself:"],
  shapes: {
    rows: "one row for each message, as recorded",
    long: "one row for each value",
    wide: "one column for each topic or field",
  },
  exitCodes: "Exit codes: 0 done, 1 failed or not all was whole, 2 usage.",
  /** What was written. */
  done: (path: string, rows: number, columns: number, shape: string, ms: number) =>
    `${path}: ${count(rows, "row", "rows")}, ${
      count(columns, "column", "columns")
    } (${shape}), in ${duration(ms)}`,
  /** The progress line. */
  progress: (path: string, percent: number, leftMs: number | undefined) =>
    `${path}: ${percent} %${leftMs === undefined ? "" : `, ${duration(leftMs)} left`}`,
  torn: (path: string, bytes: number) =>
    `"${path}" is torn: its last ${
      number(LANG, bytes)
    } bytes are no whole row, all before them is exported`,
  /** `row`: the last one before the damage. */
  malformed: (path: string, row: number, bytes: number) =>
    `"${path}" is damaged: ${number(LANG, bytes)} bytes after row ${
      number(LANG, row)
    } are no row of mqttrec, all others are exported`,
  noRecording: "Cannot export: no recording is named\n" +
    "Example: mqttrec export exports/mqtt_data -o exports/mqtt_data.xlsx",
  noOutput: "Cannot export: the file to write is not named\n" +
    "Example: mqttrec export exports/mqtt_data -o exports/mqtt_data.xlsx",
  extension: (path: string, known: string) =>
    `Cannot write "${path}": its extension says no kind of table\nKinds: ${known}`,
  exists: (path: string) =>
    `Cannot write "${path}": it exists already\nGive another name, or replace it with --force`,
  ownFile: (path: string) => `Cannot write "${path}": it belongs to a recording\nGive another name`,
  tooManyColumns: (path: string, max: number) =>
    `Cannot write "${path}": one column for each topic or field makes more than ${
      number(LANG, max)
    }\nUse --shape long, or choose fewer topics with --topic`,
  tooManySteps: "Cannot use --every: the recording has too many steps of this length\n" +
    "Use a longer one, or choose a time with --from and --to",
  noRows: (path: string) =>
    `Cannot export "${path}": it has no message, or none is chosen\n` +
    "See mqttrec check, and --topic, --filter-out, --from and --to",
  noWholeRow: (path: string) =>
    `Cannot export "${path}": it has no whole row that is chosen\nSee mqttrec check`,
  stopped: (path: string) => `Cannot finish "${path}": it was stopped\nNothing was written`,
  onlyWide: (flag: string) =>
    `Cannot use ${flag} with another shape: rows and long keep every value\nUse --shape wide`,
  onlyWithEvery: "Cannot use --aggregate on its own: it makes one value of those of a step\n" +
    "Add the step: --every 10s",
  onlyCsv: "Cannot use --excel with this file: it says how Excel reads a .csv\n" +
    "Name a .csv, or leave it out: a .xlsx needs no language",
  reversed: (from: string, to: string) =>
    `Cannot use --from "${from}" with --to "${to}": it is not earlier\nExchange them`,
  badFilter: (filter: string, problem: string) =>
    `Cannot choose "${filter}": ${problem}\nExamples: sensors/# or sensors/+/kitchen`,
  wanted: {
    shape: "rows, long or wide",
    aggregate: "last, mean, min, max or count",
    every: "a time such as 500ms, 10s, 5m or 1d, of at most 366 days",
    time: "a time such as 2026-11-26, 2026-11-26T08:30, today or -2h",
    "time-zone": "a time zone such as Europe/Paris, UTC or local",
    excel: "the language of Excel",
  },
};
