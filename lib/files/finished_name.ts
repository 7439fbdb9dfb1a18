/** The names of finished files: `<output>_00001_20261126T120000Z.csv`. */

import { basename, dirname } from "node:path";
import { type FormatName, FORMATS } from "../formats/mod.ts";

const DIGITS = 5;
const EXTENSIONS = Object.values(FORMATS).map(({ extension }) => extension).join("|");
const PATTERN = new RegExp(`_(\\d{${DIGITS},})_(\\d{8}T\\d{6}Z)\\.(${EXTENSIONS})(\\.gz)?$`);
/** A clock may be far off; the years of a name have four digits. */
const MIN_TIME = Date.UTC(1, 0, 1), MAX_TIME = Date.UTC(9999, 11, 31);

/** A finished file of a recording. */
export interface FinishedFile {
  /** From 1, never given twice. */
  readonly number: number;
  readonly format: FormatName;
  readonly compressed: boolean;
  /** Its name without the folder. */
  readonly name: string;
  /** What its files have in common: the name without the extensions. */
  readonly base: string;
}

/**
 * What comes behind the output in the name: sorts in order of time, and Windows accepts it.
 *
 * @param begin Receive time of its first row, ms since the epoch.
 */
export function finishedSuffix(number: number, begin: number): string {
  const iso = new Date(Math.min(Math.max(begin, MIN_TIME), MAX_TIME)).toISOString();
  const time = iso.replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return `_${String(number).padStart(DIGITS, "0")}_${time}`;
}

/** The finished file that a name in the folder of `output` belongs to, if it does. */
export function parseFinished(output: string, name: string): FinishedFile | undefined {
  const prefix = basename(output);
  const found = PATTERN.exec(name);
  if (found === null || found.index !== prefix.length || !name.startsWith(prefix)) {
    return undefined;
  }
  const [, number, time, extension, gz] = found;
  return {
    number: Number(number),
    format: extension as FormatName,
    compressed: gz !== undefined,
    name,
    base: `${prefix}_${number}_${time}`,
  };
}

/** The output of which a path, with extensions or without, would be finished; else undefined. */
export function outputOf(path: string): string | undefined {
  const [found] = /_\d{5,}_\d{8}T\d{6}Z(?:\.[a-z.]+)?$/.exec(path) ?? [];
  return found === undefined ? undefined : path.slice(0, -found.length);
}

/**
 * The finished files of a recording that are there, in the order of their numbers.
 *
 * @throws The folder cannot be read.
 */
export async function finishedFiles(output: string): Promise<FinishedFile[]> {
  return (await filesOf(output)).finished;
}

/**
 * The same, and the names of all files that begin as the recording's do: one look at the folder
 * tells what a look at each file would, of which there may be thousands.
 *
 * @throws The folder cannot be read.
 */
export async function filesOf(
  output: string,
): Promise<{ readonly finished: FinishedFile[]; readonly names: ReadonlySet<string> }> {
  const finished: FinishedFile[] = [];
  const names = new Set<string>();
  const prefix = basename(output);
  try {
    for await (const { name, isFile } of Deno.readDir(dirname(output))) {
      if (!isFile || !name.startsWith(prefix)) continue;
      names.add(name);
      const found = parseFinished(output, name);
      if (found) finished.push(found);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  finished.sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
  return { finished, names };
}

/** The path of a file beside the recording, as the output was written. */
export function beside(output: string, name: string): string {
  return output.slice(0, output.length - basename(output).length) + name;
}
