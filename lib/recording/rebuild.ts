/** Writes a file of a recording anew from another one that holds all of its rows, and more. */

import { basename, dirname, join } from "node:path";
import { AppendFile } from "../files/append_file.ts";
import { openRecorded } from "../files/gzip_file.ts";
import { keepMode } from "../files/new_file.ts";
import { cannot, syncDirectory } from "../files/regular_file.ts";
import type { Format } from "../formats/mod.ts";
import { RecordingError } from "../locale/errors.ts";
import { lacking } from "../reading/compare.ts";
import { RowReader } from "../reading/row_reader.ts";
import { sha256 } from "../system/fingerprint.ts";
import { appendRows, openForReading } from "./reconcile.ts";

/** A file and how its rows are written. */
export interface Formatted {
  readonly path: string;
  readonly format: Format;
}

/**
 * Replaces a file that lacks rows at its beginning or in the middle, which nothing can be inserted
 * into. Until the new one is whole and on the disk, the old one stays.
 *
 * @param shorter A whole file that nobody writes, as `longer`.
 * @returns Rows added; 0: `longer` does not hold all of its rows, and nothing was changed.
 * @throws {RecordingError} A file cannot be read or written.
 */
export async function rebuild(shorter: Formatted, longer: Formatted): Promise<number> {
  const { path } = shorter;
  const rowsOf = (file: Deno.FsFile, { format }: Formatted) => new RowReader(file, format);
  let rows = 0;
  {
    using source = await openForReading(longer.path);
    using before = await openForReading(path);
    ({ rows } = await lacking(rowsOf(source, longer), rowsOf(before, shorter)) ?? { rows });
  }
  if (rows === 0) return rows;
  try {
    await moveInto(path, await writeAnew(longer, shorter));
  } catch (error) {
    throw cannot(path, error instanceof RecordingError ? error.cause ?? error : error);
  }
  await syncDirectory(path);
  return rows;
}

async function moveInto(path: string, made: string): Promise<void> {
  try {
    await Deno.rename(made, path);
  } catch (error) {
    await Deno.remove(made).catch(() => {});
    throw error;
  }
}

/**
 * Writes all rows of a file in the format of another one, beside that. No row stands in it before
 * it has the mode of `like`.
 *
 * @param from May be compressed.
 * @param to What it is for; nothing happens to what is there.
 * @param like Also a file that is not there: then it is as any new file. @default {to.path}
 * @returns Where it is, as `temporaryFor` names it.
 * @throws A file cannot be read or written.
 */
export async function writeAnew(
  from: Formatted,
  to: Formatted,
  like = to.path,
): Promise<string> {
  const made = await temporaryFor(to.path);
  await Deno.remove(made).catch(() => {});
  try {
    using source = await openRecorded(from.path);
    using file = await AppendFile.open(made, to.format);
    await keepMode(made, like);
    await appendRows(new RowReader(source, from.format), file);
  } catch (error) {
    await Deno.remove(made).catch(() => {});
    throw error;
  }
  return made;
}

/**
 * The name of a file until it is whole: a hidden one, which nobody else has given, a short one, and
 * always the same, so that what a kill leaves is removed.
 */
export async function temporaryFor(path: string): Promise<string> {
  return join(dirname(path), `.${(await sha256(basename(path))).slice(0, 16)}.part`);
}
