/** Brings the files of a recording to the same rows at its start, as far as that is safe. */

import type { AppendFile } from "../files/append_file.ts";
import type { Format } from "../formats/mod.ts";
import { matchEnds, sideOf } from "./match_ends.ts";
import { openForReading, reconcile } from "./reconcile.ts";

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
}

/** Rows that are added after a run that ended whole: more than these want to be asked for. */
const MAX_ROWS = 10_000;
/** How much of the end of each file is read to find the same rows. */
const WINDOW_BYTES = 8 << 20;
/** Files larger than this together are not read from start to end at a start. */
const MAX_BYTES = 1 << 30;

/**
 * After a crash one file may have rows of the last commit that the other lacks. After an end as
 * asked for, they hold the same unless somebody deleted, cut or replaced one.
 *
 * @returns What was done or found; undefined if there was nothing to do.
 */
export async function reconcileFiles(
  [first, second]: readonly Opened[],
  { end, checkpoints }: Previous,
): Promise<ReconcileEvent | undefined> {
  if (first === undefined || second === undefined) return undefined;
  const both = [first, second] as const;
  const [a, b] = [first.appendFile, second.appendFile];
  const [known, there] = [a, b].map(({ format }) => checkpoints[format.extension]);
  if (end === "killed") {
    if (known === undefined || there === undefined) return undefined;
    return await bring(a, b, [known, there], Infinity);
  }
  if (
    both.every(({ sizeBefore }, i) => sizeBefore !== undefined && sizeBefore === [known, there][i])
  ) {
    return undefined;
  }
  const missing = both.find(({ sizeBefore }) => sizeBefore === undefined);
  if (missing !== undefined) {
    const other = both.find((one) => one !== missing)!.appendFile;
    const { format: { header, footer }, committed, path } = other;
    if (committed === header.length + footer.length) return undefined;
    return { type: "begunAnew", path: missing.appendFile.path, other: path };
  }
  const from = await match(a, b);
  if (from === undefined && a.committed + b.committed > MAX_BYTES) {
    return { type: "diverged", paths: [a.path, b.path], row: undefined };
  }
  return await bring(a, b, from, end === "unknown" ? Infinity : MAX_ROWS);
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
  a: AppendFile<Format>,
  b: AppendFile<Format>,
  from: readonly [number, number] | undefined,
  mostRows: number,
): Promise<ReconcileEvent | undefined> {
  const found = await reconcile(a, b, from ? { from, mostRows } : { mostRows });
  if (found.type === "equal") return undefined;
  if (found.type === "reconciled" || found.type === "behind") {
    return { ...found, from: found.path === a.path ? b.path : a.path };
  }
  return { type: "diverged", paths: [a.path, b.path], row: found.rows + 1 };
}
