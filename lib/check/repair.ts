/** Repairs the files of one recording: cuts torn ends off, closes open files, reconciles them. */

import type { Named } from "./check_files.ts";
import { type Findings, isRecording } from "./check_recording.ts";
import { RecordingError } from "../locale/errors.ts";
import type { Format } from "../formats/mod.ts";
import { formatsFound } from "../reading/detect_properties.ts";
import { reconcile } from "../recording/reconcile.ts";
import type { Sentences } from "../locale/mod.ts";
import { OutputLock } from "../files/lock.ts";
import { AppendFile } from "../files/append_file.ts";

/** Whether `repair` can mend every problem found, and there is at least one. */
export function isMendable({ files, standing, errors }: Findings): boolean {
  if (errors.length > 0 || files.some(({ problem }) => problem?.type === "malformed")) return false;
  return standing?.type === "prefix" || files.some(({ problem }) => problem !== undefined);
}

/**
 * Repairs as the recorder does at its start; returns sentences about what it did.
 *
 * @throws {RecordingError} A recorder is writing there, or a file cannot be written.
 */
export async function repair(
  { base, paths }: Named,
  { files }: Findings,
  t: Sentences,
): Promise<string[]> {
  // Checked first for a sentence that fits `check`.
  if (await isRecording(base)) throw new RecordingError((t) => t.check.inUse(base));
  const done: string[] = [];
  await using _lock = await OutputLock.take(base);
  using open = new DisposableStack();
  const appendFiles: AppendFile<Format>[] = [];
  const formats = await formatsFound(paths);
  if (formats === undefined) throw new RecordingError((t) => t.check.mixed(base));
  for (const [name, path] of paths) {
    const format = formats[name];
    const was = files.find(({ contents }) => contents.path === path)?.problem;
    // The whole file was read: the place to cut is known.
    const rowsEnd = was?.type === "torn" ? { at: was.at, wholeRows: 0 } : undefined;
    const appendFile = open.use(await AppendFile.open(path, format, { rowsEnd }));
    appendFiles.push(appendFile);
    const { torn } = appendFile;
    if (torn) done.push(t.torn(path, torn.bytes, torn.tornPath, torn.wholeRows));
    else if (was?.type === "unfinished") done.push(t.check.closed(path));
  }
  const [a, b] = appendFiles;
  const result = a && b ? await reconcile(a, b) : undefined;
  if (result?.type === "reconciled") done.push(t.check.reconciled(result.path, result.rows));
  return done;
}
