/** Checks the start of a file and finds the end of its rows, without reading the middle. */

import type { Ambiguity, Layout } from "../formats/mod.ts";

const FIRST_WINDOW = 64 * 1024;
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

/** Whether a file of `size` bytes begins like ours; a short one may be the beginning of one. */
export async function isOurs(
  file: ReadableFile,
  size: number,
  format: Layout,
): Promise<boolean> {
  const { header, firstRow, footer } = format;
  const head = await readAt(file, 0, header.length + firstRow.length);
  if (size <= header.length) return startsWith(header, head);
  const remainder = head.subarray(header.length);
  return startsWith(head, header) &&
    (startsWith(firstRow, remainder) || startsWith(footer, remainder) ||
      startsWith(remainder, footer));
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
 * The bytes it reads depend on the length of the last or torn row, not on the size of the file.
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
    window = Math.min(wanted, maxWindow);
  }
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
