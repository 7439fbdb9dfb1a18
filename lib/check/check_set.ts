/** Checks the finished files of a recording: each of them, their numbers, and the index. */

import { basename } from "node:path";
import { parseFinished } from "../files/finished_name.ts";
import { readIndex } from "../files/file_index.ts";
import { finishedParts, type Named } from "../reading/named_recordings.ts";
import { FileWorker } from "../system/file_worker.ts";
import { checkRecording, type Findings } from "./check_recording.ts";
import { compareWithIndex, listedFiles, rowsByNumber, type SetProblem } from "./listed_files.ts";
import { findTwins, type Twins } from "./twin_files.ts";

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
  /** Files that are there twice. */
  readonly twins: readonly Twins[];
}

/** Whether a file is whole, and all formats hold the same. */
export type IsWell = (findings: Findings) => boolean;

/**
 * Reads every finished file twice, once for its rows and once for its sum: linear, and of one file
 * after the other.
 *
 * @param isWell Findings that are not well are kept.
 * @param live Whether a recorder may finish, compress and delete files meanwhile: false for whoever
 * holds the lock.
 */
export async function checkSet(
  named: Named,
  isWell: IsWell,
  live: boolean,
): Promise<SetFindings> {
  const { base } = named;
  const index = await readIndex(base);
  // After the index: what that names is there, or was changed since.
  const parts = live ? await finishedParts(base) : named.finished ?? [];
  const problems: SetProblem[] = [], twins: Twins[] = [];
  if (index?.alien) problems.push({ type: "alien", ...index.alien });
  if (index?.resaved) problems.push({ type: "resaved" });
  if (index?.tornBytes !== undefined) problems.push({ type: "torn", bytes: index.tornBytes });
  let listed = rowsByNumber(index?.rows ?? []);
  const notWell: Findings[] = [];
  const bases = new Set<string>();
  const known: number[] = [], back: number[] = [];
  let rows = 0, last = -Infinity;
  using worker = new FileWorker();
  for (let part of parts) {
    let findings: Findings, found: SetProblem[];
    for (;;) {
      findings = await checkRecording(part);
      found = await compareWithIndex(part, findings, listed.get(part.number) ?? [], worker);
      if (!live || isWell(findings) && found.length === 0) break;
      const before = [...part.paths.values()], { base: own } = part;
      listed = rowsByNumber((await readIndex(base))?.rows ?? []);
      part = (await finishedParts(base)).find(({ base }) => base === own) ??
        { ...part, paths: new Map() };
      if (isEqual(before, [...part.paths.values()])) break;
    }
    if (part.paths.size === 0) continue;
    known.push(part.number);
    bases.add(basename(part.base));
    if (!isWell(findings)) notWell.push(findings);
    problems.push(...found);
    // A recorder that compresses has both for a moment.
    if (!live) {
      const both = await findTwins(part, listed.get(part.number) ?? []);
      twins.push(...both.twins);
      problems.push(...both.problems);
    }
    const { contents } = findings.files[0] ?? {};
    if (contents === undefined) continue;
    rows += contents.rows;
    if ((contents.first ?? Infinity) < last) back.push(part.number);
    last = contents.last ?? last;
  }
  if (live) listed = rowsByNumber((await readIndex(base))?.rows ?? []);
  const deleted = [...listed].filter(([, rows]) => rows.some(({ event }) => event === "deleted"))
    .map(([number]) => number);
  const numbers = new Set(known), accounted = new Set([...known, ...deleted]);
  for (const [number, rows] of listed) {
    // A number of which nothing is left is told as one, unless a part of it was deleted.
    if (!accounted.has(number)) continue;
    for (const file of listedFiles(rows).files.keys()) {
      const own = parseFinished(base, file)?.base;
      if (own === undefined || !bases.has(own)) problems.push({ type: "missing", file });
    }
  }
  // What is finished from now on is for the next check.
  const most = live ? known.at(-1) ?? 0 : Infinity;
  const given = [...listed.keys()].filter((number) => number <= most);
  return {
    count: numbers.size,
    rows,
    back,
    deleted: deleted.length,
    findings: notWell,
    twins,
    problems: [...holes(accounted, [...given, ...known]), ...problems]
      .filter(({ type }) => !live || type !== "unlisted" && type !== "torn"),
  };
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
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
