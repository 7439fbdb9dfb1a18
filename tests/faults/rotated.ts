/** The whole set of a recording with --rotate, and what must hold in each of its files. */

import { dirname } from "node:path";
import { parse } from "@std/csv/parse";
import { programCommand } from "../support/program.ts";
import type { Files } from "./oracle.ts";

const COLUMNS = ["timestamp", "topic", "payload", "encoding", "qos", "retain", "dup"];
const FORMATS = ["csv", "json", "ndjson"] as const;

/** Files of one number, by format; the open ones have none. */
interface Part {
  readonly number: number | undefined;
  readonly paths: Partial<Record<(typeof FORMATS)[number], string>>;
}

/** The parts of a set in order, the open one last. */
async function partsOf(output: string): Promise<Part[]> {
  const [folder, name] = [output.replace(/[^/]*$/, ""), output.replace(/^.*\//, "")];
  const finished = new RegExp(`^${name}_(\\d+)_\\d+T\\d+Z\\.(csv|json|ndjson)(\\.gz)?$`);
  const parts = new Map<number, Record<string, string>>();
  for await (const entry of Deno.readDir(folder)) {
    const [, number, format, gz] = finished.exec(entry.name) ?? [];
    if (number === undefined) continue;
    const paths = parts.get(Number(number)) ?? {};
    // Both are there where a compression was cut off.
    if (gz !== undefined && paths[format!] !== undefined) continue;
    paths[format!] = gz === undefined ? folder + entry.name : await plain(folder, entry.name);
    parts.set(Number(number), paths);
  }
  const sorted = [...parts].sort(([a], [b]) => a - b)
    .map(([number, paths]): Part => ({ number, paths }));
  const open = Object.fromEntries(FORMATS.map((format) => [format, `${output}.${format}`]));
  return [...sorted, { number: undefined, paths: open }];
}

/** The contents of a compressed file, in a folder beside the set. */
async function plain(folder: string, name: string): Promise<string> {
  await Deno.mkdir(`${folder}../plain`, { recursive: true });
  const path = `${folder}../plain/${name.replace(/\.gz$/, "")}`;
  const { readable } = await Deno.open(folder + name);
  await Deno.writeFile(path, readable.pipeThrough(new DecompressionStream("gzip")));
  return path;
}

/** A set, for the oracle, and broken promises of its files. */
export interface RotatedSet {
  readonly files: Files;
  /** Number of finished files of a format. */
  readonly finished: number;
  readonly broken: readonly string[];
}

/**
 * Reads every file with other code than the program's own.
 *
 * @param rows Rows of each finished file, if that is what `--rotate` says.
 * @param deleted Numbers up to which files may be gone.
 */
export async function readRotated(
  output: string,
  { rows, deleted = 0 }: { readonly rows?: number; readonly deleted?: number } = {},
): Promise<RotatedSet> {
  const parts = await partsOf(output);
  const broken: string[] = [];
  const seen = new Map<string, boolean>();
  for (const [i, { number, paths }] of parts.entries()) {
    const told = number === undefined ? "the open files" : `number ${number}`;
    if (number !== undefined && number !== i + 1 + deleted) {
      broken.push(`${told} stands where ${i + 1 + deleted} belongs`);
    }
    const lacking = FORMATS.filter((format) => paths[format] === undefined);
    if (lacking.length > 0) {
      broken.push(`${told} has no ${lacking.join()}`);
      continue;
    }
    const [header, ...csv] = parse(await Deno.readTextFile(paths.csv!));
    if (header?.join() !== COLUMNS.join()) broken.push(`${told} has no header`);
    const json = JSON.parse(await Deno.readTextFile(paths.json!)) as Record<string, unknown>[];
    const lines = (await Deno.readTextFile(paths.ndjson!)).split("\n");
    if (lines.pop() !== "") broken.push(`${told} has a torn .ndjson`);
    const texts = json.map((row) => JSON.stringify(row));
    const same = texts.length === lines.length && texts.every((text, i) => text === lines[i]) &&
      csv.length === json.length &&
      csv.every((row, i) => COLUMNS.every((key, k) => row[k] === String(json[i]![key])));
    if (!same) broken.push(`${told} differs: ${csv.length}, ${json.length}, ${lines.length} rows`);
    if (number !== undefined && rows !== undefined && csv.length !== rows) {
      broken.push(`${told} has ${csv.length} rows, not ${rows}`);
    }
    for (const [, topic, payload, , , , dup] of csv) {
      const key = `${topic} ${payload}`;
      if (seen.has(key) && dup !== "true") broken.push(`${told}: doubled without dup: ${key}`);
      seen.set(key, true);
    }
  }
  const all = (format: (typeof FORMATS)[number]) =>
    parts.map(({ paths }) => paths[format]).filter((path) => path !== undefined);
  return {
    files: { csv: all("csv"), json: all("json") },
    finished: parts.length - 1,
    broken: broken.slice(0, 5),
  };
}

/** What `mqttrec check` says of a set that is not well; undefined where all is. */
export async function checkSays(output: string): Promise<string | undefined> {
  const flags = ["check", "--lang", "en", output];
  const [deno, ...args] = programCommand(flags, dirname(output));
  const { code, stdout, stderr } = await new Deno.Command(deno!, { args }).output();
  const decoder = new TextDecoder();
  return code === 0 ? undefined : `check: ${decoder.decode(stdout)} ${decoder.decode(stderr)}`;
}
