/** Whether the files of a recording hold the same rows, as far as their beginnings and ends tell. */

import type { AppendFile } from "../files/append_file.ts";
import type { Format } from "../formats/mod.ts";
import { compare } from "../reading/compare.ts";
import { RowReader } from "../reading/row_reader.ts";
import type { Side } from "../reading/tail.ts";
import { keyOf, matchEnds, sideOf } from "./match_ends.ts";
import { openForReading } from "./reconcile.ts";

/** Bytes in which a first row is looked for. */
const HEAD_BYTES = 64 * 1024;

/**
 * Compares the first row of each, and the last rows from a place on that both have. Files that fit
 * into the window are compared as a whole.
 *
 * @param windowBytes How much of each end is read.
 * @throws {RecordingError} A file cannot be read.
 */
export async function haveSameRows(
  files: readonly AppendFile<Format>[],
  windowBytes: number,
): Promise<boolean> {
  const [first, ...others] = files;
  for (const other of others) if (!await isSamePair(first!, other, windowBytes)) return false;
  return true;
}

async function isSamePair(
  a: AppendFile<Format>,
  b: AppendFile<Format>,
  windowBytes: number,
): Promise<boolean> {
  using fileA = await openForReading(a.path);
  using fileB = await openForReading(b.path);
  const sideA = sideOf(fileA, a), sideB = sideOf(fileB, b);
  if (await firstRow(sideA) !== await firstRow(sideB)) return false;
  const from = await matchEnds(sideA, sideB, windowBytes);
  if (from === undefined) return false;
  const readers = [sideA, sideB].map(({ file, format, to }, i) =>
    new RowReader(file, format, { from: from[i]!, to })
  ) as [RowReader, RowReader];
  const { then } = await compare(...readers);
  return then === "both end" && readers.every(({ ending }) => ending === "whole");
}

/** undefined: there is none. */
async function firstRow({ file, format, to }: Side): Promise<string | undefined> {
  const reader = new RowReader(file, format, { to, chunkBytes: HEAD_BYTES });
  return await reader.read() ? keyOf(reader.batch, 0) : undefined;
}
