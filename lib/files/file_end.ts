/** What a file begins with and where its rows end, found without reading what lies between. */

import type { Ambiguity, Layout } from "../formats/mod.ts";

const FIRST_WINDOW = 64 * 1024;
/** Bytes looked at before a checkpoint. */
const BEFORE_CHECKPOINT = 64;
/** Bytes read at once on the way back to a byte that makes a scan doubtful. */
const STEP = 1 << 20;

/** What is needed of a file here. */
export type ReadableFile = Pick<Deno.FsFile, "read" | "seekSync">;

/** Where the last whole row of a file ends, and all that follows it. */
export interface FileEnd {
  readonly end: number;
  readonly remainder: Uint8Array;
}

/** Whether a file of `size` bytes begins as ours do; one that is still shorter may become ours. */
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

/**
 * Looks at the end of a file that begins as ours do; `"foreign"` when its rows are not ours. What
 * is read does not depend on the file's size, but on how long the last row is, or the torn one.
 *
 * @param checkpoint Size of the file at a moment when all of it was whole, where that is known: what
 * was written since is read, and nothing guessed. One that cannot be is passed over.
 */
export async function findEnd(
  file: ReadableFile,
  size: number,
  format: Layout,
  checkpoint?: number,
): Promise<FileEnd | "foreign"> {
  const found = checkpoint === undefined ? undefined : await readOn(file, size, format, checkpoint);
  if (found !== undefined) return found;
  const most = format.longestRow + FIRST_WINDOW;
  for (let window = FIRST_WINDOW;;) {
    const from = Math.max(0, size - window);
    const bytes = await readAt(file, from, size - from);
    const scan = format.scanEnd(bytes, from === 0);
    let wanted = 4 * window;
    if (typeof scan === "object") {
      const at = scan.ambiguity === undefined
        ? -1
        : await lastBefore(file, from, size, scan.ambiguity);
      if (at < 0) return { end: from + scan.end, remainder: bytes.subarray(scan.end) };
      wanted = Math.max(wanted, size - at + FIRST_WINDOW);
    } else if (scan === "foreign" || window === most) return "foreign"; // No row can be that long.
    window = Math.min(wanted, most);
  }
}

/** Reads from the checkpoint to the end; undefined where no row of ours begins or ends there. */
async function readOn(
  file: ReadableFile,
  size: number,
  format: Layout,
  checkpoint: number,
): Promise<FileEnd | undefined> {
  const from = checkpoint - format.footer.length;
  const { header, longestRow } = format;
  if (format.scanFrom === undefined) return undefined;
  if (!(from >= header.length && from <= size && size - from <= longestRow)) return undefined;
  const before = Math.min(from, BEFORE_CHECKPOINT);
  const bytes = await readAt(file, from - before, before + size - from);
  const scan = format.scanFrom(bytes, before);
  if (typeof scan !== "object") return undefined;
  return { end: from - before + scan.end, remainder: bytes.subarray(scan.end) };
}

/** Where `byte` stands last before offset `end`, but in the last `within` bytes; -1: nowhere. */
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
  file.seekSync(at, Deno.SeekMode.Start); // It touches no disk.
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
