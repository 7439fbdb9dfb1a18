/** Checks each file of one recording, and whether they hold the same rows. */

import { isRecording } from "../files/is_recording.ts";
import type { Named } from "../reading/named_recordings.ts";
import { compare } from "../reading/compare.ts";
import { RecordingError } from "../locale/errors.ts";
import { formatsOf } from "../formats/mod.ts";
import { type Contents, Inspection, type Problem } from "../reading/inspect.ts";
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
  /** The first row that differs, from 1. */
  | { readonly type: "different"; readonly row: number }
  /** The first `rows` rows are equal; further rows cannot be read. */
  | { readonly type: "unreadable"; readonly rows: number };

export interface Findings {
  readonly base: string;
  readonly files: readonly Checked[];
  /** How two files compare; undefined if only one was checked. */
  readonly standing: Standing | undefined;
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
  const [a, b] = inspections;
  const agreement = a && b && formats ? await compare(a, b) : undefined;
  const files: Checked[] = [];
  for (const inspection of inspections) {
    try {
      while (await inspection.read());
      files.push({ contents: inspection, problem: await inspection.problem() });
    } catch (error) {
      errors.push(error);
    }
  }
  const standing = agreement && files.length === 2 ? standingOf(agreement, files) : undefined;
  const well = errors.length === 0 && files.every(({ problem }) => problem === undefined) &&
    (standing ?? { type: "same" }).type === "same";
  // Only if it explains a problem, because the test touches the recorder's lock.
  const live = !well &&
    ((await Promise.all(inspections.map((i) => i.changed()))).some(Boolean) ||
      await isRecording(base));
  return { base, files, standing, live, errors };
}

function standingOf(
  { rows, then }: Awaited<ReturnType<typeof compare>>,
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
