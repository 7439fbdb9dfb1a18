/** One append-only file: open, repair a torn tail, append, sync, roll back, close. Knows bytes. */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { RecordingError } from "../locale/errors.ts";
import { findEnd, isOurs, readAt, startsWith } from "./file_end.ts";
import type { Layout } from "../formats/mod.ts";
import { cannot, holeStart, openRegular, syncDirectory, writeAll } from "./regular_file.ts";

/** What was found torn at the end of a file and moved to `<path>.torn`. */
export interface Torn {
  readonly path: string;
  readonly tornPath: string;
  /** Bytes moved. */
  readonly bytes: number;
}

export class AppendFile<L extends Layout = Layout> implements Disposable {
  /** Bytes of the file that are committed, its closing `footer` included. */
  committed: number;
  #file: Deno.FsFile;
  /**
   * The same file: Deno does one thing after the other with each of its files, so that writing
   * would have to wait for a sync (134 ms behind 256 MB, 4 ms with a file of its own).
   */
  #twin: Deno.FsFile;
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
    twin: Deno.FsFile,
    info: Deno.FileInfo,
    committed: number,
    /** What had to be repaired at opening, or when the file was found again. */
    public torn: Torn | undefined,
  ) {
    this.#file = file;
    this.#twin = twin;
    this.#info = info;
    this.committed = committed;
  }

  /**
   * Opens or begins a file; nothing of an existing recording is ever overwritten.
   *
   * @param options.checkpoint What `committed` was at some moment before: of what was written since,
   * every whole row is found, whatever the payloads hold.
   * @throws {RecordingError} The path is no regular file, cannot be written, or is not ours.
   */
  static async open<L extends Layout>(
    path: string,
    format: L,
    { checkpoint }: { readonly checkpoint?: number | undefined } = {},
  ): Promise<AppendFile<L>> {
    const file = await openRegular(path);
    let twin: Deno.FsFile | undefined;
    try {
      const info = await file.stat();
      const { size } = info;
      if (!(await isOurs(file, size, format))) throw foreign(path);
      twin = await openTwin(path, info);
      if (size <= format.header.length) {
        const committed = await begin(file, format);
        await syncDirectory(path);
        return new AppendFile(path, format, file, twin, info, committed, undefined);
      }
      const { committed, tornBytes } = await repair(file, path, size, format, checkpoint);
      const torn = tornBytes > 0 ? { path, tornPath: `${path}.torn`, bytes: tornBytes } : undefined;
      return new AppendFile(path, format, file, twin, info, committed, torn);
    } catch (error) {
      file.close();
      twin?.close();
      throw error instanceof RecordingError ? error : cannot(path, error);
    }
  }

  /**
   * Writes rows (as `Format.encode` made them) and the closing `footer` that stands behind them, in
   * place of the one that closes the file now: in one write, so that a reader who looks in between
   * sees a closed file. Not yet on disk.
   */
  async write(closedRows: Uint8Array): Promise<void> {
    const { header, separatorLength, footer } = this.format;
    const at = this.committed - footer.length;
    const bytes = at === header.length ? closedRows.subarray(separatorLength) : closedRows;
    const added = bytes.length - footer.length;
    this.#written = Math.max(this.#written, added);
    this.#file.seekSync(at, Deno.SeekMode.Start); // It touches no disk.
    await writeAll(this.#file, bytes);
    this.#pending = added;
  }

  /** Waits until the disk has what was written. */
  async sync(): Promise<void> {
    await this.#file.syncData();
  }

  /** Waits until the disk has what is committed, and holds up no `write` meanwhile. */
  async syncInBackground(): Promise<void> {
    await this.#twin.syncData();
  }

  /** Takes what was written, and synced where that was promised, as committed. */
  commit(): void {
    this.committed += this.#pending;
    this.#pending = this.#written = 0;
  }

  /**
   * Whether the path still leads to the file as it was left: not deleted, moved, cut or added to by
   * somebody else. Rows written into a file that nobody can find again would be lost.
   */
  async intact(): Promise<boolean> {
    const [there, hole] = await Promise.all([
      Deno.lstat(this.path).catch(() => undefined),
      this.#pending > 0 && this.#hasHole(this.#file),
    ]);
    if (there === undefined || !this.#isSame(there) || hole) return false;
    return there.size === this.committed + this.#pending;
  }

  /** Cut just before a write, a file is filled up with zeros; no row of ours ends with one. */
  async #hasHole(file: Deno.FsFile): Promise<boolean> {
    const [last] = await readAt(file, this.committed - this.format.footer.length - 1, 1);
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
    const { footer } = this.format;
    const end = this.committed - footer.length;
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
        await writeAll(file, footer);
        await file.sync();
        this.#take(file, await openTwin(this.path, this.#info), this.#info, this.committed);
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
    const found = await AppendFile.open(this.path, this.format);
    this.#take(found.#file, found.#twin, found.#info, found.committed);
    this.torn = found.torn;
    return begun ? "begun" : "continued";
  }

  #take(file: Deno.FsFile, twin: Deno.FsFile, info: Deno.FileInfo, committed: number): void {
    this[Symbol.dispose]();
    this.#file = file;
    this.#twin = twin;
    this.#info = info;
    this.committed = committed;
    this.#pending = this.#written = 0;
  }

  #isSame(there: Deno.FileInfo): boolean {
    return isSameFile(there, this.#info);
  }

  [Symbol.dispose](): void {
    this.#file.close();
    this.#twin.close();
  }
}

function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Opens the file once more, unless another one has taken its name. */
async function openTwin(path: string, info: Deno.FileInfo): Promise<Deno.FsFile> {
  const twin = await Deno.open(path, { read: true, write: true });
  if (isSameFile(await twin.stat(), info)) return twin;
  twin.close();
  throw new RecordingError((t) => t.fileChanged(path));
}

function foreign(path: string): RecordingError {
  return new RecordingError((t) => t.foreignFile(path));
}

async function begin(file: Deno.FsFile, { header, footer }: Layout): Promise<number> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  await writeAll(file, header);
  await writeAll(file, footer);
  await file.sync();
  return header.length + footer.length;
}

/** Cuts a torn end off, keeping its bytes in `<path>.torn`; reads no more than the file's end. */
async function repair(
  file: Deno.FsFile,
  path: string,
  size: number,
  format: Layout,
  checkpoint: number | undefined,
): Promise<{ committed: number; tornBytes: number }> {
  const { footer } = format;
  const found = await findEnd(file, size, format, checkpoint);
  if (found === "foreign") throw foreign(path);
  const { end, remainder } = found;
  if (remainder.length === footer.length && startsWith(remainder, footer)) {
    return { committed: size, tornBytes: 0 };
  }
  // A closing bracket that is missing or cut off is no data; only real bytes are kept aside.
  const tornBytes = startsWith(footer, remainder) ? 0 : remainder.length;
  if (tornBytes > 0) {
    using torn = await openRegular(`${path}.torn`);
    await torn.seek(0, Deno.SeekMode.End);
    await writeAll(torn, remainder);
    await torn.sync();
  }
  await file.truncate(end);
  await file.seek(end, Deno.SeekMode.Start);
  await writeAll(file, footer);
  await file.sync();
  return { committed: end + footer.length, tornBytes };
}
