/** Finds finished files that the index does not name, and what they hold. */

import { beside, type FinishedFile } from "../files/finished_name.ts";
import type { IndexRow } from "../files/file_index.ts";
import { openRecorded } from "../files/gzip_file.ts";
import { FORMATS, formatsOf } from "../formats/mod.ts";
import { hasProperties } from "../reading/detect_properties.ts";
import { RowReader } from "../reading/row_reader.ts";
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

/** What a file holds, read from start to end. */
export async function contentsOf(
  path: string,
  name: Finished["formats"][number],
  signal: AbortSignal | undefined,
): Promise<{ begin: number | undefined; end: number | undefined; rows: number }> {
  const format = formatsOf(await hasProperties(path, name) ?? false)[name];
  using file = await openRecorded(path);
  const reader = new RowReader(file, format, { chunkBytes: 1 << 16 });
  let rows = 0, begin: number | undefined, end: number | undefined;
  while (await reader.read()) {
    signal?.throwIfAborted();
    begin ??= reader.batch.time(0);
    rows += reader.batch.count;
    end = reader.batch.time(reader.batch.count - 1);
  }
  return { begin, end, rows };
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
