/**
 * Repairs the files of one recording: cuts torn ends off, adds missing footers, reconciles them.
 */

import type { Named } from "../reading/named_recordings.ts";
import type { Findings } from "./check_recording.ts";
import { isRecording } from "../files/is_recording.ts";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import type { Format, FormatName } from "../formats/mod.ts";
import { formatsFound } from "../reading/detect_properties.ts";
import { rowsEndAfter } from "../reading/rows_end.ts";
import { reconcileAll } from "../recording/reconcile.ts";
import { rebuild } from "../recording/rebuild.ts";
import { settleSwitch } from "../recording/switch_files.ts";
import { repairGapLog } from "../gaps/gap_log.ts";
import { list } from "../locale/format.ts";
import type { Sentences } from "../locale/mod.ts";
import type { RunState } from "../files/run_state.ts";
import { repairMarks } from "../marks/mark_log.ts";
import { OutputLock } from "../files/lock.ts";
import { StateSlots } from "../files/state_slots.ts";
import { AppendFile } from "../files/append_file.ts";

/** Sizes at which the files held the same rows, by extension. */
type Checkpoints = Readonly<Record<string, number>>;

/** What the last run has noted in the lock file beside the recording; empty where there is none. */
export async function readCheckpoints({ base }: Named): Promise<Checkpoints> {
  return (await readState(base))?.committed ?? {};
}

async function readState(base: string): Promise<RunState | undefined> {
  try {
    using file = await Deno.open(`${base}.lock`);
    return (await StateSlots.open(file)).found.state;
  } catch {
    return undefined;
  }
}

/**
 * Finishes what a killed recorder has begun of a switch to new files: only then it is known which
 * files there are.
 *
 * @param bases Paths of recordings, or of anything else.
 * @throws {RecordingError} A file can neither be finished nor go on.
 */
export async function settleAll(bases: readonly string[]): Promise<void> {
  for (const base of bases) {
    const state = await readState(base);
    if (state?.switch === undefined || await isRecording(base)) continue;
    await using lock = await OutputLock.take(base);
    await settleSwitch(base, lock);
  }
}

/**
 * Whether `repair` can mend every problem found, and there is at least one. Damage before a
 * checkpoint is none of a crash.
 */
export function isMendable(
  { files, standings, errors }: Findings,
  checkpoints: Checkpoints = {},
): boolean {
  if (errors.length > 0) return false;
  const damaged = files.some(({ contents, problem }) => {
    const [, checkpoint = Infinity] = Object.entries(checkpoints)
      .find(([extension]) => contents.path.toLowerCase().endsWith(`.${extension}`)) ?? [];
    return problem?.type === "malformed" && problem.at < checkpoint;
  });
  if (damaged) return false;
  return standings.some(({ type }) => type === "prefix" || type === "within") ||
    files.some(({ problem }) => problem !== undefined);
}

/**
 * Repairs files as the recorder does at its start; returns a sentence for each repair.
 *
 * @throws {RecordingError} A recorder is writing there, or a file cannot be written.
 */
export async function repair(
  { base, paths }: Named,
  { files, standings }: Findings,
  t: Sentences,
): Promise<string[]> {
  // Checked first, for an error that fits `check`.
  if (await isRecording(base)) throw new RecordingError((t) => t.check.inUse(base));
  const done: string[] = [];
  await using lock = await OutputLock.take(base);
  const { checkpoints } = lock;
  using open = new DisposableStack();
  const appendFiles: AppendFile<Format>[] = [];
  const formats = await formatsFound(paths);
  if (formats === undefined) throw new RecordingError((t) => t.check.mixed(base));
  for (const [name, path] of paths) {
    const format = formats[name];
    const was = files.find(({ contents }) => contents.path === path)?.problem;
    const checkpoint = checkpoints[format.extension] ?? NaN;
    const behind = await rowsEndAfter(path, format, checkpoint, { rawNuls: lock.of0_1_0 })
      .catch((cause) => {
        throw cannotRead(path, cause);
      });
    // The whole file was read: the place to cut is known.
    const rowsEnd = behind ?? (was?.type === "torn" ? { at: was.at, wholeRows: 0 } : undefined);
    if (was?.type === "malformed" && rowsEnd === undefined) return done;
    const appendFile = open.use(await AppendFile.open(path, format, { rowsEnd }));
    appendFiles.push(appendFile);
    const { torn } = appendFile;
    if (torn) done.push(t.torn(path, torn.bytes, torn.tornPath, torn.wholeRows));
    else if (was?.type === "unfinished") done.push(t.check.closed(path));
  }
  for (const torn of [await repairGapLog(base), await repairMarks(base)]) {
    if (torn) done.push(t.torn(torn.path, torn.bytes, torn.tornPath, torn.wholeRows));
  }
  const names = list(t.check.and, [...paths.keys()].map((name) => name.toUpperCase()));
  for (const { found } of await reconcileAll(appendFiles, undefined)) {
    if (found.type !== "reconciled") continue;
    done.push(t.check.reconciled(names, found.path, found.rows));
  }
  if (standings.some(({ type }) => type === "within")) {
    // Windows gives no open file's name to another.
    open.dispose();
    const all = new Map([...paths].map(([name, path]) => [path, { path, format: formats[name] }]));
    for (const standing of standings) {
      if (standing.type !== "within") continue;
      const { shorter, longer } = standing;
      const rows = await rebuild(all.get(shorter)!, all.get(longer)!);
      if (rows > 0) done.push(t.check.reconciled(names, shorter, rows));
    }
  }
  await reconcileAndNote(lock, paths, formats);
  return done;
}

/**
 * Forgets that files had diverged where they hold the same rows. One that lacks some by now, as a
 * recorder ran in between, is filled.
 *
 * @throws {RecordingError} The lock cannot be taken, or a file cannot be read.
 */
export async function forgetDiverged({ base, paths }: Named): Promise<void> {
  const { uneven = [], committed = {} } = await readState(base) ?? {};
  const known = [...uneven, ...Object.keys(committed)];
  if (uneven.length === 0 || await isRecording(base)) return;
  const formats = await formatsFound(paths);
  if (formats === undefined) return;
  // Of files that are not named, nothing was compared.
  const named = [...paths.keys()].map((name) => formats[name].extension);
  if (known.some((extension) => !named.includes(extension))) return;
  await using lock = await OutputLock.take(base);
  await reconcileAndNote(lock, paths, formats);
}

/**
 * Appends the rows that a file lacks at its end; where none lacks any, and all hold the same, notes
 * their sizes and that none has diverged.
 */
async function reconcileAndNote(
  lock: OutputLock,
  paths: Named["paths"],
  formats: Readonly<Record<FormatName, Format>>,
): Promise<void> {
  using open = new DisposableStack();
  const files: AppendFile<Format>[] = [];
  for (const [name, path] of paths) {
    files.push(open.use(await AppendFile.open(path, formats[name])));
  }
  if (files.length < 2 || (await reconcileAll(files, undefined)).length > 0) return;
  const committed = Object.fromEntries(
    files.map(({ format: { extension }, committed }) => [extension, committed]),
  );
  await lock.noteFiles({ uneven: undefined, committed });
}
