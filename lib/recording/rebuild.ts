/** Writes a file of a recording anew from another one that holds all of its rows, and more. */

import { basename, dirname, join } from "node:path";
import { AppendFile } from "../files/append_file.ts";
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
  const { path, format } = shorter;
  using source = await openForReading(longer.path);
  const rowsOf = (file: Deno.FsFile, { format }: Formatted) => new RowReader(file, format);
  let rows = 0;
  {
    using before = await openForReading(path);
    ({ rows } = await lacking(rowsOf(source, longer), rowsOf(before, shorter)) ?? { rows });
  }
  if (rows > 0) await rewrite(path, format, rowsOf(source, longer));
  return rows;
}

async function rewrite(path: string, format: Format, rows: RowReader): Promise<void> {
  // Always the same name, so that what a kill leaves is removed, and a short one.
  const temporary = join(dirname(path), `.${(await sha256(basename(path))).slice(0, 16)}.part`);
  await Deno.remove(temporary).catch(() => {});
  try {
    {
      using file = await AppendFile.open(temporary, format);
      await appendRows(rows, file);
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw cannot(path, error instanceof RecordingError ? error.cause ?? error : error);
  }
  await syncDirectory(path);
}
