/** Checks the start of a file and finds the end of its rows, without reading the middle. */

import type { Ambiguity, Layout } from "../formats/mod.ts";
import { MALFORMED } from "../formats/read_fields.ts";

const LF = 10;
const FIRST_WINDOW = 64 * 1024;
/** A longer end is read only where a row begins that may be so long. */
const MANY = 16 << 20;
/** Bytes read at once while searching backwards. */
const STEP = 1 << 20;

/** The part of `Deno.FsFile` that is used. */
export type ReadableFile = Pick<Deno.FsFile, "read" | "seekSync">;

/** Offset where the last whole row ends. */
export interface FileEnd {
  readonly end: number;
}

/** Where the rows of a file are known to end. */
export interface RowsEnd {
  readonly at: number;
  /** Whole rows behind that place, which follow bytes that are no row. */
  readonly wholeRows: number;
}

/**
 * Whether a power cut came while the file was begun: it has a size already, and NULs where its
 * header or footer was to be.
 */
export async function isUnwritten(
  file: ReadableFile,
  size: number,
  { header, footer }: Layout,
): Promise<boolean> {
  if (size > header.length + footer.length) return false;
  const bytes = await readAt(file, 0, size);
  return bytes.includes(0) &&
    bytes.every((byte, i) => byte === 0 || byte === (header[i] ?? footer[i - header.length]));
}

/** Whether a file of `size` bytes begins like ours; a short one may be the beginning of one. */
export async function isOurs(
  file: ReadableFile,
  size: number,
  format: Layout,
): Promise<boolean> {
  const { header, firstRow, footer } = format;
  const head = await readAt(file, 0, header.length + firstRow.length);
  if (await isUnwritten(file, size, format)) return true;
  if (size <= header.length) return startsWith(header, head);
  const remainder = head.subarray(header.length);
  return startsWith(head, header) &&
    (startsWith(firstRow, remainder) || startsWith(footer, remainder) ||
      (footer.length > 0 && startsWith(remainder, footer)) ||
      // A power cut can leave zeros where the first row was to be; a header is on the disk earlier.
      (header.length === 0 && remainder.every((byte) => byte === 0)));
}

/** Whether another program has saved a file of ours anew: such a file is no longer continued. */
export async function isResaved(
  file: ReadableFile,
  size: number,
  format: Layout,
): Promise<boolean> {
  if (format.resaved === undefined || size === 0) return false;
  const head = await readAt(file, 0, FIRST_WINDOW);
  const from = Math.max(0, size - FIRST_WINDOW);
  return format.resaved(head, await readAt(file, from, size - from));
}

/**
 * Finds the end of the rows of a file that begins like ours; `"foreign"` if its rows are not ours.
 * The bytes it holds depend on the length of the last or torn row, not on the size of the file.
 */
export async function findEnd(
  file: ReadableFile,
  size: number,
  format: Layout,
): Promise<FileEnd | "foreign"> {
  const maxWindow = format.longestRow + FIRST_WINDOW;
  for (let window = FIRST_WINDOW;;) {
    const from = Math.max(0, size - window);
    const bytes = await readAt(file, from, size - from);
    const scan = format.scanEnd(bytes, from === 0);
    let wanted = 4 * window;
    if (typeof scan === "object") {
      const at = scan.ambiguity === undefined
        ? -1
        : await lastBefore(file, from, size, scan.ambiguity);
      if (at < 0) return { end: from + scan.end };
      wanted = Math.max(wanted, size - at + FIRST_WINDOW);
    } else if (scan === "foreign" || window === maxWindow) return "foreign"; // No row is longer.
    else if (window >= MANY && format.rowEnd !== undefined) {
      const row = await lastRowBefore(file, from, Math.max(0, size - maxWindow), format);
      if (row === undefined) return "foreign";
      if (row.end !== undefined) return { end: row.end };
      wanted = Math.max(wanted, size - row.start + FIRST_WINDOW);
    }
    window = Math.min(wanted, maxWindow);
  }
}

/**
 * The last row that begins at a line between `start` and `before`. Its end is undefined where it
 * may go on beyond what is read here.
 */
async function lastRowBefore(
  file: ReadableFile,
  before: number,
  start: number,
  format: Layout,
): Promise<{ readonly start: number; readonly end: number | undefined } | undefined> {
  for (let to = before; to > start; to -= STEP) {
    const from = Math.max(start, to - STEP);
    const bytes = await readAt(file, from, to - from + FIRST_WINDOW);
    for (let at = to - from - 1; at >= 0; at--) {
      if (bytes[at] !== LF) continue;
      const end = format.rowEnd!(bytes, at + 1);
      if (end === MALFORMED) continue;
      return { start: from + at + 1, end: end > 0 ? from + end : undefined };
    }
  }
  return undefined;
}

/** Last offset of `byte` before `end` and within the last `within` bytes; -1 if there is none. */
async function lastBefore(
  file: ReadableFile,
  end: number,
  size: number,
  { byte, within }: Ambiguity,
): Promise<number> {
  const start = Math.max(0, size - within);
  for (let to = end; to > start; to -= STEP) {
    const from = Math.max(start, to - STEP);
    const at = (await readAt(file, from, to - from)).lastIndexOf(byte);
    if (at >= 0) return from + at;
  }
  return -1;
}

/** Up to `count` bytes from offset `at`, fewer only at the end of the file. */
export async function readAt(file: ReadableFile, at: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  file.seekSync(at, Deno.SeekMode.Start); // A synchronous seek is cheap: it touches no disk.
  while (length < count) {
    const n = await file.read(bytes.subarray(length));
    if (n === null) break;
    length += n;
  }
  return bytes.subarray(0, length);
}

export function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.length <= bytes.length && start.every((byte, i) => bytes[i] === byte);
}
