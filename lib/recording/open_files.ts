/** Opens the files of a recording, repaired and reconciled: all of them or none. */

import type { RecorderOptions } from "./recorder_options.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import { type Format, type FormatName, FORMATS, formatsOf } from "../formats/mod.ts";
import { refuseOther } from "../reading/detect_properties.ts";
import { reconcileFiles } from "./reconcile.ts";
import { rowsEndAfter } from "../reading/rows_end.ts";
import { AppendFile } from "../files/append_file.ts";

/**
 * Opens the requested files, in the order of `FORMATS`.
 *
 * @throws {RecordingError} A file cannot be had.
 */
export async function openRecordings(
  { output, formats, properties = false, checkpoints = {}, rawNuls }: RecorderOptions,
  onEvent: (event: RecorderEvent) => void,
): Promise<readonly AppendFile<Format>[]> {
  // Files that only the previous run wrote are opened too: they are repaired and reconciled first.
  const names = (Object.keys(FORMATS) as FormatName[])
    .filter((name) => formats.includes(name) || FORMATS[name].extension in checkpoints);
  // Before any repair: refused files stay untouched.
  await refuseOther(output, names, properties);
  const appendFiles: AppendFile<Format>[] = [];
  try {
    for (const name of names) {
      const format = formatsOf(properties)[name], { extension } = format;
      const path = `${output}.${extension}`, checkpoint = checkpoints[extension];
      const rowsEnd = checkpoint === undefined
        ? undefined
        : await rowsEndAfter(path, format, checkpoint, { rawNuls });
      const appendFile = await AppendFile.open(path, format, { rowsEnd });
      appendFiles.push(appendFile);
      if (appendFile.torn) onEvent({ type: "torn", torn: appendFile.torn });
    }
    const reconciled = await reconcileFiles(appendFiles, checkpoints);
    if (reconciled) onEvent(reconciled);
  } catch (error) {
    for (const appendFile of appendFiles) appendFile[Symbol.dispose]();
    throw error;
  }
  const wanted = appendFiles.filter((_, i) => formats.includes(names[i]!));
  for (const other of appendFiles) if (!wanted.includes(other)) other[Symbol.dispose]();
  return wanted;
}
