/** Finds where the rows of a file end, reading strictly from a place where they were whole. */

import { findEnd, type ReadableFile, readAt, type RowsEnd } from "../files/file_end.ts";
import type { Format } from "../formats/mod.ts";
import { RowReader } from "./row_reader.ts";
import { tailStart } from "./tail.ts";

const LF = 10;
/** Bytes read at once in search of a line that is a row. */
const STEP = 64 * 1024;
/** How far whole rows in a torn end are counted, in bytes. */
const COUNT_BYTES = 64 << 20;

/**
 * Everything before a synced checkpoint is on the disk. Behind it the first bytes that are no row
 * are the tear: after a power cut whole rows may follow a page that was never written.
 *
 * @param checkpoint An earlier `AppendFile.committed`.
 * @param options.rawNuls Rows may hold raw NULs, as version 0.1.0 wrote them. Otherwise a NUL is
 * such a page.
 * @returns undefined where the checkpoint is impossible, or there is no such file.
 */
export async function rowsEndAfter(
  path: string,
  format: Format,
  checkpoint: number,
  { rawNuls = true }: { readonly rawNuls?: boolean | undefined } = {},
): Promise<RowsEnd | undefined> {
  using file = await openIfFile(path);
  if (file === undefined) return undefined;
  const { size } = await file.stat();
  const from = checkpoint - format.footer.length;
  if (!(from >= format.header.length && from <= size)) return undefined;
  if (!(await isBoundary(file, format, from))) return undefined;
  const reader = new RowReader(file, format, { from, to: size, rawNuls });
  while (await reader.read());
  const at = reader.position;
  const wholeRows = reader.ending === "malformed" ? await countRows(file, format, at, size) : 0;
  return { at, wholeRows };
}

/**
 * The same where no checkpoint is known, of the last rows only: zeros between them are a page that
 * a power cut has left empty. Anything else that is no row may be old damage, and stays.
 *
 * @param windowBytes How much of the file's end is looked at.
 * @returns undefined where there is no such page.
 */
export async function rowsEndAtZeros(
  path: string,
  format: Format,
  windowBytes: number,
): Promise<RowsEnd | undefined> {
  using file = await openIfFile(path);
  if (file === undefined) return undefined;
  const { size: to } = await file.stat();
  const isAtZeros = async ({ position }: RowReader) =>
    (await readAt(file, position, STEP)).includes(0);
  const from = await tailStart(
    { file, format, to },
    windowBytes,
    async (reader) => reader.ending !== "malformed" || await isAtZeros(reader),
  );
  if (from === undefined || from >= to) return undefined;
  const reader = new RowReader(file, format, { from, to, rawNuls: false });
  while (await reader.read());
  if (reader.ending !== "malformed" || !(await isAtZeros(reader))) return undefined;
  const at = reader.position;
  return { at, wholeRows: await countRows(file, format, at, to) };
}

/** Whether a row, or the footer, begins there. */
async function isBoundary(file: ReadableFile, format: Format, at: number): Promise<boolean> {
  if (at === format.header.length) return true;
  const found = await findEnd(file, at, format);
  return found !== "foreign" && found.end === at;
}

/** Rows in a torn end, from `at` on. */
async function countRows(
  file: Deno.FsFile,
  format: Format,
  at: number,
  size: number,
): Promise<number> {
  const to = Math.min(size, at + COUNT_BYTES);
  let rows = 0;
  while (at < to) {
    const bytes = await readAt(file, at, Math.min(STEP, to - at));
    const line = bytes.indexOf(LF, 1);
    if (line < 0) {
      at += bytes.length;
      continue;
    }
    // In JSON a row begins with the comma before its line.
    const from = at + line + 1 - (format.separatorLength > 0 ? 2 : 0);
    const reader = new RowReader(file, format, { from, to, chunkBytes: STEP });
    while (await reader.read()) rows += reader.batch.count;
    at = Math.max(at + line + 1, reader.position);
  }
  return rows;
}

async function openIfFile(path: string): Promise<Deno.FsFile | undefined> {
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.isFile ? await Deno.open(path) : undefined;
}
