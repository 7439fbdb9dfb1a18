/** Finds a place near the ends of two files where the same rows begin. */

import type { AppendFile } from "../files/append_file.ts";
import type { Format } from "../formats/mod.ts";
import type { Batch } from "../message/batch.ts";
import { RowReader } from "../reading/row_reader.ts";
import { type Side, tailStart } from "../reading/tail.ts";

/** Row boundaries in both files, by what the row there holds; undefined where none is found. */
export type Match = readonly [a: number, b: number] | undefined;

/**
 * Reads the last rows of each backwards from its end. Files that fit into that are matched from
 * their first rows.
 *
 * @param windowBytes How much of each is read.
 */
export async function matchEnds(a: Side, b: Side, windowBytes: number): Promise<Match> {
  if ([a, b].every(({ to }) => to <= windowBytes)) {
    return [a.format.header.length, b.format.header.length];
  }
  const [rowsA, rowsB] = [await lastRows(a, windowBytes), await lastRows(b, windowBytes)];
  for (const [key, at] of rowsB) {
    const there = rowsA.get(key);
    if (at !== AGAIN && there !== undefined && there !== AGAIN) return [there, at];
  }
  return undefined;
}

/** The place of a row that comes more than once. */
const AGAIN = -1;

/** Where each of the last rows begins, by what it holds. */
async function lastRows(side: Side, windowBytes: number): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  const { file, format, to } = side;
  const from = await tailStart(side, windowBytes, ({ ending }) => ending === "whole");
  if (from === undefined) return rows;
  const reader = new RowReader(file, format, { from, to });
  while (await reader.read()) {
    for (let i = 0; i < reader.batch.count; i++) {
      const key = keyOf(reader.batch, i);
      rows.set(key, rows.has(key) ? AGAIN : reader.start(i));
    }
  }
  return rows;
}

/** FNV-1a of topic and payload, with the time and their length. */
export function keyOf(batch: Batch, i: number): string {
  const start = batch.topicStart(i), end = batch.payloadEnd(i);
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ batch.data.bytes[at]!, 0x01000193);
  }
  return `${batch.time(i)} ${end - start} ${batch.flags(i)} ${hash}`;
}

/** An open file of a recording as a side. */
export function sideOf(file: Deno.FsFile, { format, committed }: AppendFile<Format>): Side {
  return { file, format, to: committed - format.footer.length };
}
