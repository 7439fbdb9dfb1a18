/** What a file begins with and where its rows end, found without reading what lies between. */

import type { Layout } from "./formats/mod.ts";

const FIRST_WINDOW = 64 * 1024;

/** Where the last whole row of a file ends, and all that follows it. */
export interface FileEnd {
  readonly end: number;
  readonly rest: Uint8Array;
}

/** Whether a file of `size` bytes begins as ours do; one that is still shorter may become ours. */
export async function isOurs(file: Deno.FsFile, size: number, format: Layout): Promise<boolean> {
  const { header, firstRow, tail } = format;
  const head = await readAt(file, 0, header.length + firstRow.length);
  if (size <= header.length) return startsWith(header, head);
  const rest = head.subarray(header.length);
  return startsWith(head, header) &&
    (startsWith(firstRow, rest) || startsWith(tail, rest) || startsWith(rest, tail));
}

/** Looks at the end of a file that begins as ours do; `"foreign"` when its rows are not ours. */
export async function findEnd(
  file: Deno.FsFile,
  size: number,
  format: Layout,
): Promise<FileEnd | "foreign"> {
  for (let window = FIRST_WINDOW;; window *= 4) {
    const from = Math.max(0, size - window);
    const bytes = await readAt(file, from, size - from);
    const scan = format.scanTail(bytes, from === 0);
    if (scan === "foreign") return scan;
    if (scan !== "more") return { end: from + scan.end, rest: bytes.subarray(scan.end) };
  }
}

/** Up to `count` bytes from offset `at`, fewer only at the end of the file. */
export async function readAt(file: Deno.FsFile, at: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  await file.seek(at, Deno.SeekMode.Start);
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
