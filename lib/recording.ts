/** One append-only file: open, repair a torn tail, append, sync, roll back, close. Knows bytes. */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { RecordingError } from "./errors.ts";
import { findEnd, isOurs, readAt, startsWith } from "./file_end.ts";
import type { Layout } from "./formats/mod.ts";
import { cannot, holeStart, openRegular, syncDirectory, writeAll } from "./regular_file.ts";

/** Rows up to this size are copied once more to be written together with the closing bracket. */
const JOIN_BYTES = 4 * 1024 * 1024;

/** What was found torn at the end of a file and moved to `<path>.torn`. */
export interface Torn {
  readonly path: string;
  readonly tornPath: string;
  /** Bytes moved. */
  readonly bytes: number;
}

export class Recording<L extends Layout = Layout> implements Disposable {
  /** Bytes of the file that are committed, its closing `tail` included. */
  committed: number;
  #file: Deno.FsFile;
  /** Tells the file apart from another one of the same name. */
  #info: Deno.FileInfo;
  /** Bytes written for the commit under way. */
  #pending = 0;
  /** The most bytes that a write for it, perhaps cut short, can have added. */
  #written = 0;

  private constructor(
    readonly path: string,
    readonly format: L,
    file: Deno.FsFile,
    info: Deno.FileInfo,
    committed: number,
    /** What had to be repaired at opening, or when the file was found again. */
    public torn: Torn | undefined,
  ) {
    this.#file = file;
    this.#info = info;
    this.committed = committed;
  }

  /**
   * Opens or begins a file; nothing of an existing recording is ever overwritten.
   *
   * @param options.anchor What `committed` was at some moment before: of what was written since,
   * every whole row is found, whatever the payloads hold.
   * @throws {RecordingError} The path is no regular file, cannot be written, or is not ours.
   */
  static async open<L extends Layout>(
    path: string,
    format: L,
    { anchor }: { readonly anchor?: number | undefined } = {},
  ): Promise<Recording<L>> {
    const file = await openRegular(path);
    try {
      const info = await file.stat();
      const { size } = info;
      if (!(await isOurs(file, size, format))) throw foreign(path);
      if (size <= format.header.length) {
        const committed = await begin(file, format);
        await syncDirectory(path);
        return new Recording(path, format, file, info, committed, undefined);
      }
      const { committed, tornBytes } = await repair(file, path, size, format, anchor);
      const torn = tornBytes > 0 ? { path, tornPath: `${path}.torn`, bytes: tornBytes } : undefined;
      return new Recording(path, format, file, info, committed, torn);
    } catch (error) {
      file.close();
      throw error instanceof RecordingError ? error : cannot(path, error);
    }
  }

  /** Writes rows (as `Format.encode` made them) behind the committed ones. Not yet on disk. */
  async write(rows: Uint8Array): Promise<void> {
    const { header, separatorLength, tail } = this.format;
    const at = this.committed - tail.length;
    const body = at === header.length ? rows.subarray(separatorLength) : rows;
    this.#written = Math.max(this.#written, body.length);
    await this.#file.seek(at, Deno.SeekMode.Start);
    if (tail.length === 0 || body.length > JOIN_BYTES) {
      await writeAll(this.#file, body);
      await writeAll(this.#file, tail);
    } else {
      // In one write: a reader who looks in between sees a closed file.
      const closed = new Uint8Array(body.length + tail.length);
      closed.set(body);
      closed.set(tail, body.length);
      await writeAll(this.#file, closed);
    }
    this.#pending = body.length;
  }

  /** Waits until the disk has what was written. */
  async sync(): Promise<void> {
    await this.#file.syncData();
  }

  /** Takes what was written and synced as committed. */
  commit(): void {
    this.committed += this.#pending;
    this.#pending = this.#written = 0;
  }

  /**
   * Whether the path still leads to the file as it was left: not deleted, moved, cut or added to by
   * somebody else. Rows written into a file that nobody can find again would be lost.
   */
  async intact(): Promise<boolean> {
    const there = await Deno.lstat(this.path).catch(() => undefined);
    if (there === undefined || !this.#isSame(there)) return false;
    if (there.size !== this.committed + this.#pending) return false;
    return this.#pending === 0 || !await this.#hasHole(this.#file);
  }

  /** Cut just before a write, a file is filled up with zeros; no row of ours ends with one. */
  async #hasHole(file: Deno.FsFile): Promise<boolean> {
    const [last] = await readAt(file, this.committed - this.format.tail.length - 1, 1);
    return last === 0;
  }

  /**
   * Cuts the file back to what is committed. On a descriptor of its own: after a failed sync the
   * system may call pages clean that never reached the disk, and a later success proves nothing.
   * Where somebody moved, deleted or changed the file, what is there now is continued, or begun
   * anew: cutting or filling up a stranger's file would destroy it.
   *
   * @throws {RecordingError} The file cannot be had, or is not ours any more.
   */
  async rollBack(): Promise<"cut" | "begun" | "continued"> {
    const { tail } = this.format;
    const end = this.committed - tail.length;
    // A folder that was deleted with it is made again, as at the start.
    await ensureDir(dirname(this.path)).catch(() => {});
    const file = await openRegular(this.path);
    let begun: boolean;
    try {
      const there = await file.stat();
      const most = this.committed + this.#written;
      const ours = this.#isSame(there) && there.size >= end && there.size <= most;
      const hole = ours && await this.#hasHole(file);
      if (ours && !hole) {
        await file.truncate(end);
        await file.seek(end, Deno.SeekMode.Start);
        await writeAll(file, tail);
        await file.sync();
        this.#take(file, this.#info, this.committed);
        return "cut";
      }
      const left = hole ? await holeStart(file, end) : there.size;
      if (hole) await file.truncate(left);
      begun = left === 0;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    const found = await Recording.open(this.path, this.format);
    this.#take(found.#file, found.#info, found.committed);
    this.torn = found.torn;
    return begun ? "begun" : "continued";
  }

  #take(file: Deno.FsFile, info: Deno.FileInfo, committed: number): void {
    this.#file.close();
    this.#file = file;
    this.#info = info;
    this.committed = committed;
    this.#pending = this.#written = 0;
  }

  #isSame({ ino, dev }: Deno.FileInfo): boolean {
    return ino === this.#info.ino && dev === this.#info.dev;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function foreign(path: string): RecordingError {
  return new RecordingError((t) => t.foreignFile(path));
}

async function begin(file: Deno.FsFile, { header, tail }: Layout): Promise<number> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  await writeAll(file, header);
  await writeAll(file, tail);
  await file.sync();
  return header.length + tail.length;
}

/** Cuts a torn end off, keeping its bytes in `<path>.torn`; reads no more than the file's end. */
async function repair(
  file: Deno.FsFile,
  path: string,
  size: number,
  format: Layout,
  anchor: number | undefined,
): Promise<{ committed: number; tornBytes: number }> {
  const { tail } = format;
  const found = await findEnd(file, size, format, anchor);
  if (found === "foreign") throw foreign(path);
  const { end, rest } = found;
  if (rest.length === tail.length && startsWith(rest, tail)) {
    return { committed: size, tornBytes: 0 };
  }
  // A closing bracket that is missing or cut off is no data; only real bytes are kept aside.
  const tornBytes = startsWith(tail, rest) ? 0 : rest.length;
  if (tornBytes > 0) {
    using torn = await openRegular(`${path}.torn`);
    await torn.seek(0, Deno.SeekMode.End);
    await writeAll(torn, rest);
    await torn.sync();
  }
  await file.truncate(end);
  await file.seek(end, Deno.SeekMode.Start);
  await writeAll(file, tail);
  await file.sync();
  return { committed: end + tail.length, tornBytes };
}
