/** What the index says of finished files, and whether those that are there are so. */

import { basename } from "node:path";
import type { IndexRow } from "../files/file_index.ts";
import type { FinishedPart } from "../reading/named_recordings.ts";
import type { FileWorker } from "../system/file_worker.ts";
import type { Findings } from "./check_recording.ts";

/** A problem of a set beyond those of its files. */
export type SetProblem =
  /** Numbers up to the last that was given of which no file is there, and mqttrec deleted none. */
  | { readonly type: "hole"; readonly from: number; readonly to: number }
  /** The index names it, it is neither there nor deleted by mqttrec, and others of its number are. */
  | { readonly type: "missing"; readonly file: string }
  /** It is not as the index says: another size or sum, or other rows. */
  | { readonly type: "changed"; readonly file: string }
  | { readonly type: "unlisted"; readonly file: string }
  /** It is there plain and compressed, and both do not hold the same. */
  | { readonly type: "otherRows"; readonly file: string }
  /** Rows of the index that mqttrec did not write; their number and the first, from 1. */
  | { readonly type: "alien"; readonly count: number; readonly row: number }
  | { readonly type: "torn"; readonly bytes: number }
  /** Another program has saved the index; its rows are read all the same. */
  | { readonly type: "resaved" };

/** Rows of an index by number, in order. */
export function rowsByNumber(rows: readonly IndexRow[]): ReadonlyMap<number, readonly IndexRow[]> {
  return Map.groupBy(rows, ({ number }) => number);
}

/** Files of one number. */
interface Listed {
  /** Those that are to be there. */
  readonly files: Map<string, IndexRow>;
  /** What each was before its compression. */
  readonly plain: ReadonlyMap<string, IndexRow>;
}

/** @param rows Of one number. */
export function listedFiles(rows: readonly IndexRow[]): Listed {
  const files = new Map<string, IndexRow>(), plain = new Map<string, IndexRow>();
  for (const row of rows) {
    // A later row of the same file counts; of a compressed one the plain file is gone.
    if (row.event === "compressed") files.delete(row.file.replace(/\.gz$/, ""));
    if (row.event === "finished") {
      files.delete(`${row.file}.gz`);
      plain.set(row.file, row);
    }
    if (row.event === "deleted") files.delete(row.file);
    else files.set(row.file, row);
  }
  return { files, plain };
}

/**
 * What is wrong with the files of a number that has some, by the index.
 *
 * @param rows Of the number, of which a copy may have files with another time in their names.
 */
export async function compareWithIndex(
  { base, paths }: FinishedPart,
  { files: found }: Findings,
  rows: readonly IndexRow[],
  worker: FileWorker,
): Promise<SetProblem[]> {
  const own = `${basename(base)}.`;
  const { files, plain } = listedFiles(rows.filter(({ file }) => file.startsWith(own)));
  const problems: SetProblem[] = [];
  for (const path of paths.values()) {
    const file = basename(path);
    let row = files.get(file);
    files.delete(file);
    // Somebody has decompressed it.
    if (row === undefined && files.delete(`${file}.gz`)) row = plain.get(file);
    // Its compression was cut off: the next start goes on with it.
    if (row === undefined && files.delete(file.replace(/\.gz$/, ""))) continue;
    if (row === undefined) {
      problems.push({ type: "unlisted", file });
      continue;
    }
    const { contents } = found.find(({ contents }) => contents.path === path) ?? {};
    const sum = await worker.sum(path).catch(() => undefined);
    const isSame = sum !== undefined && sum.bytes === row.bytes &&
      (row.sha256 === undefined || sum.sha256 === row.sha256) &&
      (row.rows === undefined || contents === undefined || contents.rows === row.rows);
    if (!isSame) problems.push({ type: "changed", file });
  }
  for (const file of files.keys()) problems.push({ type: "missing", file });
  return problems;
}
