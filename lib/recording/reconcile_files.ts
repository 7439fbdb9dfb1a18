/** Brings the files of a recording to the same rows at its start, as far as that is safe. */

import type { AppendFile } from "../files/append_file.ts";
import type { Format } from "../formats/mod.ts";
import { haveSameRows } from "./have_same_rows.ts";
import { matchEnds, sideOf } from "./match_ends.ts";
import { openForReading, reconcileAll } from "./reconcile.ts";

/** How the run before ended; unknown: its state could not be read. */
export type PreviousEnd = "killed" | "unknown" | "ended";

/** The files do not hold the same rows, or did not. */
export type ReconcileEvent =
  /** `rows` rows that only `from` had were added to `path`. */
  | {
    readonly type: "reconciled";
    readonly path: string;
    readonly rows: number;
    readonly from: string;
  }
  /** `path` lacks `rows` rows that `from` has, too many to be added without being asked. */
  | {
    readonly type: "behind";
    readonly path: string;
    readonly rows: number;
    readonly from: string;
  }
  /** `path` was not there and is begun anew, while `other` holds rows of before. */
  | { readonly type: "begunAnew"; readonly path: string; readonly other: string }
  /** From a row on they differ; undefined: from somewhere. */
  | {
    readonly type: "diverged";
    readonly paths: readonly [string, string];
    readonly row: number | undefined;
  };

/** An open file, and its size before it was opened; undefined: it was not there. */
export interface Opened {
  readonly appendFile: AppendFile<Format>;
  readonly sizeBefore: number | undefined;
}

interface Previous {
  readonly end: PreviousEnd;
  /** Sizes at a moment when the files held the same rows, by extension. */
  readonly checkpoints: Readonly<Record<string, number>>;
  /** Extensions of files that lacked rows of the others. */
  readonly diverged: readonly string[];
}

/** Rows that are added after a run that ended whole: more than these want to be asked for. */
const MAX_ROWS = 10_000;
/** How much of the end of each file is read to find the same rows. */
const WINDOW_BYTES = 8 << 20;
/** Files larger than this together are not read from start to end at a start. */
const MAX_BYTES = 1 << 30;

/**
 * After a crash one file may have rows of the last commit that another lacks. After an end as asked
 * for, they hold the same unless somebody deleted, cut or replaced one. A file that was begun anew in
 * a run before is told at every start, and filled by `check --repair` only: it may have been moved
 * away on purpose.
 *
 * @returns What was done or found.
 */
export async function reconcileFiles(
  all: readonly Opened[],
  previous: Previous,
): Promise<readonly ReconcileEvent[]> {
  const { diverged } = previous;
  const known = all.map(({ appendFile }) => appendFile)
    .filter(({ format: { extension } }) => diverged.includes(extension));
  if (known.length === 0 || all.length < 2) return await reconcilePrevious(all, previous);
  const [events, isUnchanged] = await lookAtDiverged(all, previous);
  if (!isUnchanged) return events;
  const told = new Set(events.flatMap((event) => event.type === "diverged" ? event.paths : []));
  for (const { path } of known) {
    if (told.has(path)) continue;
    const other = all.find(({ appendFile }) => appendFile.path !== path)!.appendFile.path;
    events.push({ type: "diverged", paths: [other, path], row: undefined });
    told.add(path).add(other);
  }
  return events;
}

/** What is found of files that are known to have diverged, and whether they still have. */
async function lookAtDiverged(
  all: readonly Opened[],
  previous: Previous,
): Promise<readonly [ReconcileEvent[], boolean]> {
  const files = all.map(({ appendFile }) => appendFile);
  if (previous.end === "killed") {
    const events = [...await reconcilePrevious(all, previous)];
    return [events, !await haveSameRows(files, WINDOW_BYTES)];
  }
  const sizes = files.reduce((sum, { committed }) => sum + committed, 0);
  if (isAsLeft(all, previous) || sizes > MAX_BYTES) {
    return [[], files.some(hasRows) && !await haveSameRows(files, WINDOW_BYTES)];
  }
  // Somebody may have mended them.
  return [await bring(files, undefined, 0), false];
}

/** Whether every file has the size of the last end. */
function isAsLeft(all: readonly Opened[], { checkpoints }: Previous): boolean {
  return all.every(({ appendFile: { format: { extension } }, sizeBefore }) =>
    sizeBefore !== undefined && sizeBefore === checkpoints[extension]
  );
}

/** Whether an open file holds rows. */
export function hasRows({ format: { header, footer }, committed }: AppendFile<Format>): boolean {
  return committed > header.length + footer.length;
}

/** Reconciles files that held the same rows at the end of the run before. */
async function reconcilePrevious(
  all: readonly Opened[],
  previous: Previous,
): Promise<readonly ReconcileEvent[]> {
  const { end, checkpoints } = previous;
  const checkpointOf = ({ format: { extension } }: AppendFile<Format>) => checkpoints[extension];
  const files = all.map(({ appendFile }) => appendFile);
  if (end === "killed") {
    const known = files.filter((file) => checkpointOf(file) !== undefined);
    return await bring(known, known.map((file) => checkpointOf(file)!), Infinity);
  }
  if (isAsLeft(all, previous)) return [];
  const there = all.filter(({ sizeBefore }) => sizeBefore !== undefined)
    .map(({ appendFile }) => appendFile);
  const events: ReconcileEvent[] = [];
  const other = there.find(hasRows);
  for (const { appendFile: { path }, sizeBefore } of all) {
    if (sizeBefore === undefined && other !== undefined) {
      events.push({ type: "begunAnew", path, other: other.path });
    }
  }
  const mostRows = end === "unknown" ? Infinity : MAX_ROWS;
  const [first, ...others] = there;
  for (const other of others) {
    const from = await match(first!, other);
    if (from === undefined && first!.committed + other.committed > MAX_BYTES) {
      events.push({ type: "diverged", paths: [first!.path, other.path], row: undefined });
    } else events.push(...await bring([first!, other], from, mostRows));
  }
  // The first may have got rows of the last: then those between them still lack these.
  for (const other of others.slice(0, -1)) {
    const event = events.findLast((event) => event.type === "reconciled");
    if (event?.path !== first!.path || event.from === other.path) continue;
    events.push(...await bring([first!, other], await match(first!, other), mostRows));
  }
  return events;
}

/** Checkpoints near the ends of the files. */
async function match(
  a: AppendFile<Format>,
  b: AppendFile<Format>,
): Promise<readonly [number, number] | undefined> {
  using fileA = await openForReading(a.path);
  using fileB = await openForReading(b.path);
  const found = await matchEnds(sideOf(fileA, a), sideOf(fileB, b), WINDOW_BYTES);
  return found && [found[0] + a.format.footer.length, found[1] + b.format.footer.length];
}

async function bring(
  files: readonly AppendFile<Format>[],
  from: readonly number[] | undefined,
  mostRows: number,
): Promise<ReconcileEvent[]> {
  return (await reconcileAll(files, from, mostRows)).map(({ pair: [a, b], found }) => {
    if (found.type === "reconciled" || found.type === "behind") {
      return { ...found, from: found.path === a ? b : a };
    }
    const row = found.type === "equal" ? undefined : found.rows + 1;
    return { type: "diverged", paths: [a, b], row };
  });
}
