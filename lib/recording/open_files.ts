/** Opens the files of a recording: all of them, mended and level, or none. */

import type { RecorderOptions } from "./recorder.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import { type Format, type FormatName, FORMATS, formatsOf } from "../formats/mod.ts";
import { refuseOther } from "../reading/detect_properties.ts";
import { bringLevel } from "./reconcile.ts";
import { Recording } from "../files/append_file.ts";

/**
 * Opens the files that are asked for, in the order of `FORMATS`.
 *
 * @throws {RecordingError} A file cannot be had.
 */
export async function openRecordings(
  { output, formats, properties = false, level = {} }: RecorderOptions,
  tell: (event: RecorderEvent) => void,
): Promise<readonly Recording<Format>[]> {
  // The files that the last run wrote, also those that this one does not: they are mended first.
  const names = (Object.keys(FORMATS) as FormatName[])
    .filter((name) => formats.includes(name) || FORMATS[name].extension in level);
  // All of them before any is mended: what is refused stays untouched.
  await refuseOther(output, names, properties);
  const recordings: Recording<Format>[] = [];
  try {
    for (const name of names) {
      const format = formatsOf(properties)[name], { extension } = format;
      const anchor = level[extension];
      const recording = await Recording.open(`${output}.${extension}`, format, { anchor });
      recordings.push(recording);
      if (recording.torn) tell({ type: "torn", torn: recording.torn });
    }
    const levelled = await bringLevel(recordings, level);
    if (levelled) tell(levelled);
  } catch (error) {
    for (const recording of recordings) recording[Symbol.dispose]();
    throw error;
  }
  const wanted = recordings.filter((_, i) => formats.includes(names[i]!));
  for (const other of recordings) if (!wanted.includes(other)) other[Symbol.dispose]();
  return wanted;
}
