/** Measures `mqttrec export` next to Miller, DuckDB and pandas, and each kind of table. */

import { EXPORT_PROGRAMS, exportCommand } from "./export_programs.ts";
import { makeExportLoad } from "./export_load.ts";
import { Program } from "./process.ts";
import { countLines } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { ratio, spread } from "./stats.ts";
import type { Cell } from "./table.ts";

const ROWS = { full: 10_000_000, quick: 20_000 };
/** Messages of a day at 100 a second. */
const DAY = { full: 8_640_000, quick: 20_000 };
const MAX_MB = 300, TIMES_MILLER = 5;

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** Runs a program to its end; rejects if it fails. */
async function measure(command: readonly string[], folder: string): Promise<Measured> {
  const began = performance.now();
  await using program = Program.start(command, folder);
  const code = await program.ended;
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${command.slice(0, 6).join(" ")}: ${program.stderr}`);
  return { seconds, cpuSeconds: program.cpuSeconds(), peakMb: program.peakMb };
}

async function sizeMb(path: string): Promise<number> {
  return (await Deno.stat(path)).size / 1e6;
}

/** The comparison: the same tidy CSV by every program, in rounds that take turns. */
async function compared({ quick, runs, rows: wanted, folder, say }: Setting): Promise<Result> {
  const from = `${folder}/load.csv`, to = `${folder}/tidy.csv`;
  const rows = wanted ?? (quick ? ROWS.quick : ROWS.full);
  const values = await makeExportLoad(from, rows, 10);
  const measured = new Map<string, Measured[]>();
  for (let round = 0; round < runs; round++) {
    for (const { name, isHere, command } of EXPORT_PROGRAMS) {
      if (!await isHere()) continue;
      const figures = await measure(command(from, to), folder);
      const lines = await countLines(to);
      if (lines !== values + 1) throw new Error(`${name} wrote ${lines} lines, not ${values + 1}`);
      await Deno.remove(to);
      measured.set(name, [...measured.get(name) ?? [], figures]);
      say(
        `export: ${name} ${figures.seconds.toFixed(1)} s, ${figures.cpuSeconds.toFixed(1)} s CPU`,
      );
    }
  }
  const inputMb = await sizeMb(from);
  await Deno.remove(from);
  const own = measured.get("mqttrec")!;
  const seconds = (all: readonly Measured[]) => all.map(({ seconds }) => seconds);
  const table = [...measured].map(([name, all]): Cell[] => [
    name,
    spread(seconds(all)),
    spread(all.map(({ seconds }) => rows / seconds)),
    ratio(seconds(all), seconds(own)),
    spread(all.map(({ cpuSeconds }) => cpuSeconds * 1e6 / rows)),
    spread(all.map(({ peakMb }) => peakMb)),
  ]);
  const notMet: string[] = [];
  const miller = measured.get("Miller");
  const times = miller && ratio(seconds(miller), seconds(own)).median;
  if (times !== undefined && times < TIMES_MILLER) notMet.push(`${times} × Miller`);
  const most = Math.max(...own.map(({ peakMb }) => peakMb));
  if (most > MAX_MB) notMet.push(`${Math.round(most)} MB, not ${MAX_MB}`);
  return {
    columns: ["program", "s", "messages/s", "÷ mqttrec", "CPU s per million", "most MB"],
    rows: table,
    facts: [
      `${rows.toLocaleString("en-US")} messages (${
        Math.round(inputMb).toLocaleString("en-US")
      } MB ` +
      "of CSV: 6 of 10 plain numbers, 3 JSON objects of 5 or 6 fields, 1 switch) become a CSV of " +
      `${values.toLocaleString("en-US")} rows, one for each value; from the start of the program ` +
      "to its end, rows counted afterwards",
      "DuckDB works on all cores, pandas in parts of 500,000 rows; the others write no column of units",
    ],
    notMet,
  };
}

const KINDS: readonly (readonly [name: string, extension: string, ...flags: string[]])[] = [
  [".csv, long", "csv"],
  [".csv, wide, --every 10s", "csv", "--every", "10s"],
  [".csv, wide", "csv", "--shape", "wide"],
  [".csv, rows", "csv", "--shape", "rows"],
  [".ndjson, long", "ndjson"],
  [".parquet, long", "parquet"],
  [".sqlite, long", "sqlite"],
  [".xlsx, wide, --every 10s", "xlsx", "--every", "10s"],
  [".xlsx, wide", "xlsx"],
];

/** A day at 100 messages a second as each kind of table. */
async function everyKind({ quick, rows: wanted, folder, say }: Setting): Promise<Result> {
  const from = `${folder}/day.csv`;
  const rows = wanted ?? (quick ? DAY.quick : DAY.full);
  await makeExportLoad(from, rows, 10);
  const table: Cell[][] = [];
  const notMet: string[] = [];
  for (const [name, extension, ...flags] of KINDS) {
    const to = `${folder}/day.out.${extension}`;
    const { seconds, cpuSeconds, peakMb } = await measure(
      exportCommand(from, to, ...flags),
      folder,
    );
    table.push([name, seconds, cpuSeconds, await sizeMb(to), peakMb]);
    await Deno.remove(to);
    if (peakMb > MAX_MB) notMet.push(`${name}: ${Math.round(peakMb)} MB, not ${MAX_MB}`);
    say(`export: ${name} ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s CPU`);
  }
  await Deno.remove(from);
  return {
    columns: ["table", "s", "CPU s", "MB on the disk", "most MB"],
    rows: table,
    facts: [`${rows.toLocaleString("en-US")} messages, one every 10 ms, of the same kinds`],
    notMet,
  };
}

export const exporting: Section = { name: "export", run: compared };
export const exportingKinds: Section = { name: "export-kinds", run: everyKind };
