/** Finds out what the open files hold, so that they are finished when they are due. */

import type { AppendFile } from "../files/append_file.ts";
import type { Format } from "../formats/mod.ts";
import { RowReader } from "../reading/row_reader.ts";
import { openForReading } from "./reconcile.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import type { RecorderOptions } from "./recorder_options.ts";
import { type Holding, Rotation } from "./rotation.ts";

/** Bytes in which a first row is looked for. */
const HEAD_BYTES = 64 * 1024;

/**
 * The rotation of a recording whose files are open, repaired and level; undefined: there is none.
 *
 * @throws {RecordingError} A file cannot be read.
 */
export async function openRotation(
  appendFiles: readonly AppendFile<Format>[],
  options: Pick<RecorderOptions, "output" | "formats" | "rotation" | "clock">,
  onEvent: (event: RecorderEvent) => void,
): Promise<Rotation | undefined> {
  const { output, rotation, clock } = options;
  const [first] = appendFiles;
  if (rotation === undefined || first === undefined) return undefined;
  const holding = await holdingOf(first, rotation.limits.rows !== undefined);
  const formats = appendFiles.map(({ format: { extension } }) =>
    extension as RecorderOptions["formats"][number]
  );
  return new Rotation({ output, formats, options: rotation, clock, onEvent }, holding);
}

/** @param counted Whether its rows are counted: else only the first is read. */
async function holdingOf(
  { path, format, committed }: AppendFile<Format>,
  counted: boolean,
): Promise<Holding> {
  if (committed === format.header.length + format.footer.length) {
    return { rows: 0, begin: undefined, end: undefined };
  }
  using file = await openForReading(path);
  const to = committed - format.footer.length;
  const reader = new RowReader(file, format, counted ? { to } : { to, chunkBytes: HEAD_BYTES });
  let rows = 0, begin: number | undefined, end: number | undefined;
  while (await reader.read()) {
    const { batch } = reader;
    begin ??= batch.time(0);
    if (!counted) return { rows: undefined, begin, end: undefined };
    rows += batch.count;
    end = batch.time(batch.count - 1);
  }
  // Old damage in the middle: its first rows are as old as it is.
  return { rows: reader.ending === "whole" ? rows : undefined, begin, end };
}
