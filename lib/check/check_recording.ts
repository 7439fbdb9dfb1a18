/** Checks each file of one recording, and whether they hold the same rows. */

import { openRecorded, type SeekableFile } from "../files/gzip_file.ts";
import { isRecording } from "../files/is_recording.ts";
import type { Named } from "../reading/named_recordings.ts";
import { type Agreement, compare, lacking } from "../reading/compare.ts";
import { RecordingError } from "../locale/errors.ts";
import { formatsOf } from "../formats/mod.ts";
import { type Contents, Inspection, type Problem } from "../reading/inspect.ts";
import { RowReader } from "../reading/row_reader.ts";
import { formatsFound, hasProperties } from "../reading/detect_properties.ts";

/** One file and its problem. */
export interface Checked {
  readonly contents: Contents;
  readonly problem: Problem | undefined;
}

/** How the files of a recording compare. */
export type Standing =
  | { readonly type: "same"; readonly rows: number }
  /** `longer` holds all rows of `shorter` and `rows` more. */
  | {
    readonly type: "prefix";
    readonly longer: string;
    readonly shorter: string;
    readonly rows: number;
  }
  /** `longer` holds all rows of `shorter`, and `rows` more between them, first that of `row`. */
  | {
    readonly type: "within";
    readonly longer: string;
    readonly shorter: string;
    readonly rows: number;
    readonly row: number;
  }
  /** The first row that differs, from 1. */
  | { readonly type: "different"; readonly row: number }
  /** The first `rows` rows are equal; further rows cannot be read. */
  | { readonly type: "unreadable"; readonly rows: number };

export interface Findings {
  readonly base: string;
  readonly files: readonly Checked[];
  /**
   * How each file but the first compares with the longest of those before it; empty if only one was
   * checked.
   */
  readonly standings: readonly Standing[];
  /** A recorder is writing, so an unfinished end is a commit in progress. */
  readonly live: boolean;
  /** Errors of files that could not be read. */
  readonly errors: readonly unknown[];
}

/** Reads every file once; writes nothing. */
export async function checkRecording({ base, paths }: Named): Promise<Findings> {
  using open = new DisposableStack();
  const errors: unknown[] = [];
  const inspections: Inspection[] = [];
  const formats = await formatsFound(paths);
  if (formats === undefined) errors.push(new RecordingError((t) => t.check.mixed(base)));
  for (const [name, path] of paths) {
    try {
      const format = (formats ?? formatsOf(await hasProperties(path, name) ?? false))[name];
      inspections.push(open.use(await Inspection.open(path, format)));
    } catch (error) {
      errors.push(error);
    }
  }
  const compared = formats ? await compareAll(inspections) : [];
  const files: Checked[] = [];
  for (const inspection of inspections) {
    try {
      while (await inspection.read());
      files.push({ contents: inspection, problem: await inspection.problem() });
    } catch (error) {
      errors.push(error);
    }
  }
  const standings: Standing[] = [];
  for (const { agreement, a, b } of files.length === inspections.length ? compared : []) {
    const standing = standingOf(agreement, [files[a]!, files[b]!]);
    const isWhole = ![a, b].some((i) => isMalformed(files[i]!));
    const hole = standing.type === "different" && isWhole
      ? await within(inspections[a]!, inspections[b]!) ??
        await within(inspections[b]!, inspections[a]!)
      : undefined;
    standings.push(hole ?? standing);
  }
  const well = errors.length === 0 && files.every(({ problem }) => problem === undefined) &&
    standings.every(({ type }) => type === "same");
  // Only if it explains a problem, because the test touches the recorder's lock.
  const live = !well &&
    ((await Promise.all(inspections.map((i) => i.changed()))).some(Boolean) ||
      await isRecording(base));
  return { base, files, standings, live, errors };
}

/** Two files by their indices, and how far they agree. */
interface Compared {
  readonly agreement: Agreement;
  readonly a: number;
  readonly b: number;
}

/** Compares each file with the longest before it, which is read once more from the third on. */
async function compareAll(inspections: readonly Inspection[]): Promise<Compared[]> {
  const all: Compared[] = [];
  let a = 0;
  for (let b = 1; b < inspections.length; b++) {
    const { path, format, bytes } = inspections[a]!;
    using again = b === 1 ? undefined : await openRecorded(path);
    const source = again
      ? new RowReader(again, format, { to: Math.max(bytes, format.header.length) })
      : inspections[a]!;
    const agreement = await compare(source, inspections[b]!);
    all.push({ agreement, a, b });
    if (agreement.then === "a ends") a = b;
  }
  return all;
}

/** Reads both once more: whether one lacks rows in the middle or at its beginning only. */
async function within(longer: Inspection, shorter: Inspection): Promise<Standing | undefined> {
  if (longer.rows <= shorter.rows) return undefined;
  const [a, b] = [longer, shorter].map(({ path }) => path) as [string, string];
  using fileA = await openRecorded(a);
  using fileB = await openRecorded(b);
  const readerOf = (file: SeekableFile, { format, bytes: to }: Inspection) =>
    new RowReader(file, format, { to });
  const found = await lacking(readerOf(fileA, longer), readerOf(fileB, shorter));
  return found && { type: "within", longer: a, shorter: b, rows: found.rows, row: found.first };
}

function standingOf(
  { rows, then }: Agreement,
  [a, b]: readonly Checked[],
): Standing {
  if (then === "differ") return { type: "different", row: rows + 1 };
  if (then === "both end" && !isMalformed(a!) && !isMalformed(b!)) return { type: "same", rows };
  const [longer, shorter] = then === "a ends" ? [b!, a!] : [a!, b!];
  if (isMalformed(shorter) || then === "both end") return { type: "unreadable", rows };
  return {
    type: "prefix",
    longer: longer.contents.path,
    shorter: shorter.contents.path,
    rows: longer.contents.rows - rows,
  };
}

function isMalformed({ problem }: Checked): boolean {
  return problem?.type === "malformed";
}
