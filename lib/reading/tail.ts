/** Finds a row near the end of a file from which on there are nothing but rows. */

import { readAt } from "../files/file_end.ts";
import type { Format } from "../formats/mod.ts";
import { RowReader } from "./row_reader.ts";

const LF = 10;
/** Lines at which reading is tried, as a payload may hold line ends. */
const MAX_TRIES = 100;

/** A file and the offset where its rows end. */
export interface Side {
  readonly file: Deno.FsFile;
  readonly format: Format;
  readonly to: number;
}

/**
 * Where a row begins in the last `windowBytes`; where the rows begin in a file that is no longer.
 *
 * @param accepts Whether a reader that has read on from there to its end was right to begin there.
 * @returns undefined where no such row is found.
 */
export async function tailStart(
  { file, format, to }: Side,
  windowBytes: number,
  accepts: (reader: RowReader) => boolean | Promise<boolean>,
): Promise<number | undefined> {
  if (to <= windowBytes) return format.header.length;
  const begin = to - windowBytes;
  const bytes = await readAt(file, begin, windowBytes);
  for (let line = 0, tries = 0; tries < MAX_TRIES; tries++) {
    line = bytes.indexOf(LF, line) + 1;
    if (line === 0) return undefined;
    // In JSON a row begins with the comma before its line.
    const from = begin + line - (format.separatorLength > 0 ? 2 : 0);
    const reader = new RowReader(file, format, { from, to, rawNuls: false });
    let any = false;
    while (await reader.read()) any = true;
    if (any && await accepts(reader)) return from;
  }
  return undefined;
}
