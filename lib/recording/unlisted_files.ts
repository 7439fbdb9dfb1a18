/** Finds finished files that the index does not name, and makes the rows of the index. */

import { basename } from "node:path";
import { beside, type FinishedFile } from "../files/finished_name.ts";
import type { IndexRow } from "../files/file_index.ts";
import { FORMATS, formatsOf } from "../formats/mod.ts";
import { RecordingError } from "../locale/errors.ts";
import { hasProperties } from "../reading/detect_properties.ts";
import { Inspection } from "../reading/inspect.ts";
import type { FileSum } from "../system/file_worker.ts";
import type { Finished } from "./recorder_options.ts";

/** Finished files of which the index has no row, those of a number together. */
export function unlistedFiles(
  output: string,
  files: readonly FinishedFile[],
  rows: readonly IndexRow[],
): Finished[] {
  // Also one whose deletion was written down before a kill.
  const listed = new Set(rows.map(({ file }) => file.replace(/\.gz$/, "")));
  const all = new Map<string, Finished>();
  for (const { number, base, format, name, compressed } of files) {
    if (listed.has(name.replace(/\.gz$/, ""))) continue;
    const key = compressed ? `${base}.gz` : base;
    const formats = [...all.get(key)?.formats ?? [], format];
    all.set(key, { number, base: beside(output, base), formats, compressed });
  }
  return [...all.values()];
}

/** What a file holds. */
export interface Held {
  /** Receive times of its first and last row, ms since the epoch. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
  readonly rows: number;
}

/**
 * What a file holds, read from start to end; undefined where it is no whole recording.
 *
 * @throws The disk fails, the file may not be read, or `signal` aborted.
 */
export async function contentsOf(
  path: string,
  name: Finished["formats"][number],
  signal: AbortSignal | undefined,
): Promise<Held | undefined> {
  const format = formatsOf(await hasProperties(path, name) ?? false)[name];
  try {
    using file = await Inspection.open(path, format);
    while (await file.read()) signal?.throwIfAborted();
    if (await file.problem() !== undefined) return undefined;
    return { begin: file.first, end: file.last, rows: file.rows };
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    // Damaged gzip is a TypeError; a file of another program has no cause.
    if (error.cause === undefined || error.cause instanceof TypeError) return undefined;
    throw error.cause;
  }
}

/** The path of each format of finished files. */
export function pathsOf({ base, formats, compressed }: Finished): string[] {
  return formats.map((name) => `${base}.${FORMATS[name].extension}${compressed ? ".gz" : ""}`);
}

/** Bytes of finished files; those that are gone have none. */
export async function sizeOf(finished: Finished): Promise<number> {
  const sizes = pathsOf(finished).map((path) => Deno.stat(path).then(({ size }) => size, () => 0));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** How the file is read. */
interface Reading {
  /** When the row is written, ms since the epoch. */
  readonly time: number;
  readonly sum: (path: string) => Promise<FileSum>;
  readonly signal: AbortSignal | undefined;
}

/**
 * @param finished Of one format.
 * @param own Whether this run has finished it: else only its name says that it is ours.
 * @returns undefined: it is no whole recording, as another program has written or damaged it.
 * @throws The file cannot be read, or `signal` aborted.
 */
export async function indexRowOf(
  finished: Finished,
  own: boolean,
  { time, sum, signal }: Reading,
): Promise<IndexRow | undefined> {
  const { number, formats: [format], compressed, begin, end, rows } = finished;
  const [path] = pathsOf(finished) as [string];
  const event = compressed ? "compressed" : "finished";
  const row = { time, event, number, file: basename(path), begin, end, rows } as const;
  try {
    const { bytes, sha256 } = await sum(path);
    if (own && rows !== undefined) return { ...row, bytes, sha256 };
    const held = await contentsOf(path, format!, signal);
    return own || held !== undefined ? { ...row, ...held, bytes, sha256 } : undefined;
  } catch (error) {
    // Somebody has moved it away already.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { ...row, bytes: 0, sha256: undefined };
  }
}
