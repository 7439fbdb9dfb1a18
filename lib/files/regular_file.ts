/** Opens regular files, never through a link, and writes all bytes. */

import { dirname } from "node:path";
import { cannotWrite, FileChangedError, isHeldOpen, RecordingError } from "../locale/errors.ts";
import { readAt } from "./file_end.ts";

/**
 * Opens a regular file for reading and writing, creating it if missing. Refuses symbolic links,
 * which Deno follows even out of the folder that `--allow-write` names.
 */
export async function openRegular(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, createNew: true });
  } catch (error) {
    // A link to a device ends here too: Deno opens none without `--allow-all`.
    const info = await Deno.lstat(path).catch(() => undefined);
    if (info) assertRegular(path, info);
    if (!(error instanceof Deno.errors.AlreadyExists)) throw cannot(path, error);
  }
  try {
    const before = await Deno.lstat(path);
    assertRegular(path, before);
    const file = await Deno.open(path, { read: true, write: true });
    const after = await file.stat();
    if (!isSameFile(after, before)) {
      file.close();
      throw new RecordingError((t) => t.isLink(path));
    }
    return file;
  } catch (error) {
    throw error instanceof RecordingError ? error : cannot(path, error);
  }
}

/** Whether both are the same file, by device and inode. */
export function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Opens a second descriptor of a file; fails if another one has taken the name. */
export async function openTwin(path: string, info: Deno.FileInfo): Promise<Deno.FsFile> {
  const twin = await Deno.open(path, { read: true, write: true });
  if (isSameFile(await twin.stat(), info)) return twin;
  twin.close();
  throw new FileChangedError(path);
}

/** @throws {RecordingError} It is a folder, a link, a pipe, a device or a socket. */
export function assertRegular(path: string, info: Deno.FileInfo): void {
  if (info.isDirectory) throw new RecordingError((t) => t.isDirectory(path));
  if (info.isSymlink) throw new RecordingError((t) => t.isLink(path));
  if (!info.isFile) throw new RecordingError((t) => t.notRegular(path));
}

/**
 * Offset where the zeros before `end` begin: the hole left by a write after the end of a file that
 * was cut.
 */
export async function holeStart(file: Deno.FsFile, end: number): Promise<number> {
  const step = 64 * 1024;
  for (let to = end; to > 0; to -= step) {
    const from = Math.max(0, to - step);
    const last = (await readAt(file, from, to - from)).findLastIndex((byte) => byte !== 0);
    if (last >= 0) return from + last + 1;
  }
  return 0;
}

/** The error for a file that cannot be written because of `cause`. */
export function cannot(path: string, cause: unknown): RecordingError {
  if (isHeldOpen(cause)) return new RecordingError((t) => t.heldOpen(path), { cause });
  return cannotWrite(path, cause);
}

/**
 * Syncs the folder of a new file, without which its name may not be on disk. Windows does not need
 * it.
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    using directory = await Deno.open(dirname(path));
    await directory.sync();
  } catch {
    // Not every system can open a folder; the file itself is synced.
  }
}
