/** Checks the finished files of a recording: each of them, their numbers, and the index. */

import { type IndexRow, readIndex } from "../files/file_index.ts";
import { isRecording } from "../files/is_recording.ts";
import type { FinishedPart, Named } from "../reading/named_recordings.ts";
import { FileWorker } from "../system/file_worker.ts";
import { checkRecording, type Findings } from "./check_recording.ts";

/** A problem of a set beyond those of its files. */
export type SetProblem =
  /** Numbers up to the last that was given of which no file is there, and mqttrec deleted none. */
  | { readonly type: "hole"; readonly from: number; readonly to: number }
  /** The index names it, it is neither there nor deleted by mqttrec, and others of its number are. */
  | { readonly type: "missing"; readonly file: string }
  /** It is not as the index says: another size or sum, or other rows. */
  | { readonly type: "changed"; readonly file: string }
  | { readonly type: "unlisted"; readonly file: string }
  /** Rows of the index that mqttrec did not write; their number and the first, from 1. */
  | { readonly type: "alien"; readonly count: number; readonly row: number }
  | { readonly type: "torn"; readonly bytes: number }
  /** Another program has saved the index; its rows are read all the same. */
  | { readonly type: "resaved" };

/** What was found in the finished files of a recording. */
export interface SetFindings {
  /** Number of finished files, each number once. */
  readonly count: number;
  readonly rows: number;
  /** Numbers whose first row is older than the last of the number before. */
  readonly back: readonly number[];
  readonly deleted: number;
  /** Of files that are not whole. */
  readonly findings: readonly Findings[];
  readonly problems: readonly SetProblem[];
}

/** Whether a file is whole, and all formats hold the same. */
export type IsWell = (findings: Findings) => boolean;

/**
 * Reads every finished file twice, once for its rows and once for its sum: linear, and of one file
 * after the other.
 *
 * @param isWell Findings that are not well are kept.
 */
export async function checkSet(
  { base, finished = [] }: Named,
  isWell: IsWell,
): Promise<SetFindings> {
  // Files that were finished at this moment are not in the index yet.
  const live = await isRecording(base);
  const index = await readIndex(base);
  const problems: SetProblem[] = [];
  if (index?.alien) problems.push({ type: "alien", ...index.alien });
  if (index?.resaved) problems.push({ type: "resaved" });
  if (index?.tornBytes !== undefined) problems.push({ type: "torn", bytes: index.tornBytes });
  const listed = new Map<string, IndexRow>();
  /** What every file was before its compression. */
  const plain = new Map<string, IndexRow>();
  const deleted = new Set<number>();
  for (const row of index?.rows ?? []) {
    // A later row of the same file counts; of a compressed one the plain file is gone.
    if (row.event === "compressed") listed.delete(row.file.replace(/\.gz$/, ""));
    if (row.event === "finished") {
      listed.delete(`${row.file}.gz`);
      plain.set(row.file, row);
    }
    if (row.event === "deleted") deleted.add(row.number);
    if (row.event === "deleted") listed.delete(row.file);
    else listed.set(row.file, row);
  }
  const notWell: Findings[] = [];
  const back: number[] = [];
  let rows = 0, last = -Infinity;
  using worker = new FileWorker();
  for (const part of finished) {
    const findings = await checkRecording(part);
    if (!isWell(findings)) notWell.push(findings);
    const [first] = findings.files;
    if (first !== undefined) {
      const { contents } = first;
      rows += contents.rows;
      if ((contents.first ?? Infinity) < last) back.push(part.number);
      last = contents.last ?? last;
    }
    problems.push(...await compareWithIndex(part, findings, { listed, plain }, worker));
  }
  const known = finished.map(({ number }) => number);
  const accounted = new Set([...known, ...deleted]);
  // A number of which nothing is left is told as one.
  for (const { file, number } of listed.values()) {
    if (accounted.has(number)) problems.push({ type: "missing", file });
  }
  const given = [...accounted, ...[...listed.values()].map(({ number }) => number)];
  return {
    count: new Set(known).size,
    rows,
    back,
    deleted: deleted.size,
    findings: notWell,
    problems: [...holes(accounted, given), ...problems]
      .filter(({ type }) => !live || type !== "unlisted" && type !== "torn"),
  };
}

/** Rows of the index by file: those that count now, and those of files before their compression. */
interface Listed {
  readonly listed: Map<string, IndexRow>;
  readonly plain: ReadonlyMap<string, IndexRow>;
}

/** Takes the files that are there out of `listed`. */
async function compareWithIndex(
  { paths }: FinishedPart,
  { files }: Findings,
  { listed, plain }: Listed,
  worker: FileWorker,
): Promise<SetProblem[]> {
  const problems: SetProblem[] = [];
  for (const path of paths.values()) {
    const file = /[^/\\]*$/.exec(path)![0];
    let row = listed.get(file);
    listed.delete(file);
    // Somebody has decompressed it.
    if (row === undefined && listed.delete(`${file}.gz`)) row = plain.get(file);
    // Its compression was cut off: the next start goes on with it.
    if (row === undefined && listed.has(file.replace(/\.gz$/, ""))) {
      listed.delete(file.replace(/\.gz$/, ""));
      continue;
    }
    if (row === undefined) {
      problems.push({ type: "unlisted", file });
      continue;
    }
    const found = files.find(({ contents }) => contents.path === path);
    const sum = await worker.sum(path).catch(() => undefined);
    const isSame = sum !== undefined && sum.bytes === row.bytes &&
      (row.sha256 === undefined || sum.sha256 === row.sha256) &&
      (row.rows === undefined || found === undefined || found.contents.rows === row.rows);
    if (!isSame) problems.push({ type: "changed", file });
  }
  return problems;
}

/** @param given Numbers that were given, in any order; those before them were too. */
function holes(accounted: ReadonlySet<number>, given: readonly number[]): SetProblem[] {
  const last = given.reduce((most, number) => Math.max(most, number), 0);
  const sorted = [...accounted].sort((a, b) => a - b);
  const problems: SetProblem[] = [];
  let expected = 1;
  for (const number of [...sorted, last + 1]) {
    if (number > expected) problems.push({ type: "hole", from: expected, to: number - 1 });
    expected = number + 1;
  }
  return problems;
}
