/** One append-only file: open, repair a torn end, append, sync, roll back, close. Bytes, no rows. */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { RecordingError } from "../locale/errors.ts";
import { isOurs, isResaved, isUnwritten, type RowsEnd } from "./file_end.ts";
import type { Layout } from "../formats/mod.ts";
import { ChangeWatch } from "./change_watch.ts";
import { writeAll } from "../system/write_all.ts";
import {
  cannot,
  holeStart,
  isSameFile,
  openRegular,
  openTwin,
  syncDirectory,
} from "./regular_file.ts";
import { begin } from "./new_file.ts";
import { cutTornEnd, type Torn } from "./torn_end.ts";

export type { Torn } from "./torn_end.ts";

export class AppendFile<L extends Layout = Layout> implements Disposable {
  /** Committed bytes of the file, the footer included. */
  committed: number;
  #file: Deno.FsFile;
  /**
   * A second descriptor of the same file, for background syncs. Deno runs the operations of one
   * `FsFile` one after the other, so a write on the same descriptor would wait for the sync
   * (134 ms after 256 MB, 4 ms with two descriptors).
   */
  #twin: Deno.FsFile;
  /** Device and inode, to recognise another file of the same name. */
  #info: Deno.FileInfo;
  /** Whether the descriptors are closed, because the path could not be opened anew. */
  #released = false;
  /** Bytes written for the running commit. */
  #pending = 0;
  /** Upper bound of the bytes that a failed write may have added. */
  #written = 0;
  readonly #byte = new Uint8Array(1);
  #synced = false;
  /** Notices changes by others that keep the size. */
  readonly changes = new ChangeWatch();

  private constructor(
    readonly path: string,
    readonly format: L,
    file: Deno.FsFile,
    twin: Deno.FsFile,
    info: Deno.FileInfo,
    committed: number,
    /** The torn end that was moved away at the last opening. */
    public torn: Torn | undefined,
  ) {
    this.#file = file;
    this.#twin = twin;
    this.#info = info;
    this.committed = committed;
  }

  /**
   * Opens or creates a file; never overwrites an existing recording.
   *
   * @param options.rowsEnd Where its rows are known to end. @default {it is looked for}
   * @throws {RecordingError} The path is no regular file, cannot be written, or is not ours.
   */
  static async open<L extends Layout>(
    path: string,
    format: L,
    { rowsEnd }: { readonly rowsEnd?: RowsEnd | undefined } = {},
  ): Promise<AppendFile<L>> {
    const file = await openRegular(path);
    let twin: Deno.FsFile | undefined;
    try {
      const info = await file.stat();
      const { size } = info;
      if (await isResaved(file, size, format)) {
        throw new RecordingError((t) => t.resavedFile(path));
      }
      if (!(await isOurs(file, size, format))) throw foreign(path);
      twin = await openTwin(path, info);
      if (size <= format.header.length || await isUnwritten(file, size, format)) {
        const committed = await begin(file, format);
        await syncDirectory(path);
        return new AppendFile(path, format, file, twin, info, committed, undefined);
      }
      const cut = await cutTornEnd(file, path, size, format, rowsEnd?.at);
      if (cut === "foreign") throw foreign(path);
      const { committed, tornBytes } = cut;
      const torn = tornBytes > 0
        ? {
          path,
          tornPath: `${path}.torn`,
          bytes: tornBytes,
          wholeRows: rowsEnd?.wholeRows ?? 0,
        }
        : undefined;
      return new AppendFile(path, format, file, twin, info, committed, torn);
    } catch (error) {
      file.close();
      twin?.close();
      throw error instanceof RecordingError ? error : cannot(path, error);
    }
  }

  /**
   * Writes encoded rows and a footer over the present footer, in one write, so that a concurrent
   * reader always sees a closed file. Does not sync.
   */
  async write(closedRows: Uint8Array): Promise<void> {
    const { header, separatorLength, footer } = this.format;
    const at = this.committed - footer.length;
    const bytes = at === header.length ? closedRows.subarray(separatorLength) : closedRows;
    const added = bytes.length - footer.length;
    this.#written = Math.max(this.#written, added);
    this.#file.seekSync(at, Deno.SeekMode.Start); // A synchronous seek is cheap: it touches no disk.
    this.#synced = false;
    await writeAll(this.#file, bytes);
    this.#pending = added;
  }

  /** Syncs written rows to disk. */
  async sync(): Promise<void> {
    await this.#file.syncData();
    this.#synced = true;
  }

  /** Syncs committed rows without delaying a `write`. */
  async syncInBackground(): Promise<void> {
    // Released: what is opened anew is synced then.
    if (!this.#released) await this.#twin.syncData();
  }

  commit(): void {
    this.committed += this.#pending;
    this.#pending = this.#written = 0;
  }

  /**
   * Whether the path still leads to this file, open and of the expected size: another program may
   * have deleted, moved, cut or extended it. Rows written to an unlinked file would be lost. A change
   * that keeps the size shows in its time only: `changes`.
   *
   * @param idle No row waits for its sync. @default {false}
   */
  async intact(idle = false): Promise<boolean> {
    const there = this.#released ? undefined : await Deno.lstat(this.path).catch(() => undefined);
    if (there === undefined || !isSameFile(there, this.#info)) return false;
    if (this.#pending > 0 && this.#hasHole(this.#file)) return false;
    if (there.size !== this.committed + this.#pending) return false;
    this.changes.look(there, this.#pending > 0, this.#synced || idle);
    return true;
  }

  /**
   * Detects a file that was cut before a write: the gap reads as zeros, and no row ends with one.
   * The byte lies beside those just written, so it is in memory, and a commit waits for no thread.
   */
  #hasHole(file: Deno.FsFile): boolean {
    const at = this.committed - this.format.footer.length - 1;
    if (at < 0) return false;
    file.seekSync(at, Deno.SeekMode.Start);
    return file.readSync(this.#byte) === 1 && this.#byte[0] === 0;
  }

  /**
   * Cuts the file back to its committed rows, on a new descriptor: after a failed sync the kernel
   * may mark pages clean that never reached the disk, so a later success on the old one proves
   * nothing (https://wiki.postgresql.org/wiki/Fsync_Errors). If another program moved, deleted or
   * changed the file, it continues or begins the present one, because cutting it could destroy
   * foreign data.
   *
   * @throws {RecordingError} The file cannot be opened, or is no longer ours.
   */
  async rollBack(): Promise<"cut" | "begun" | "continued"> {
    const { footer } = this.format;
    const end = this.committed - footer.length;
    // The folder may have been deleted too: create it again.
    await ensureDir(dirname(this.path)).catch(() => {});
    const file = await this.#openAgain();
    let begun: boolean;
    try {
      const there = await file.stat();
      const maxSize = this.committed + this.#written;
      const ours = isSameFile(there, this.#info) && there.size >= end && there.size <= maxSize;
      const hole = ours && this.#hasHole(file);
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
    await this.beginNew();
    return begun ? "begun" : "continued";
  }

  /** Goes on in a new file after a rename. @throws {RecordingError} The present one stays open. */
  async beginNew(): Promise<void> {
    const found = await AppendFile.open(this.path, this.format);
    this.#take(found.#file, found.#twin, found.#info, found.committed);
    this.torn = found.torn;
  }

  /**
   * The file that the path leads to now. FAT and network drives of Windows keep the name of a deleted
   * file until its last descriptor is closed: ours go first.
   */
  async #openAgain(): Promise<Deno.FsFile> {
    if (Deno.build.os === "windows") this.#release();
    return await openRegular(this.path);
  }

  #take(file: Deno.FsFile, twin: Deno.FsFile, info: Deno.FileInfo, committed: number): void {
    this.#release();
    this.#file = file;
    this.#twin = twin;
    this.#released = false;
    this.#info = info;
    this.committed = committed;
    this.#pending = this.#written = 0;
    this.changes.reset();
  }

  /** Closes the descriptors; the path may be opened anew by the next `rollBack()`. */
  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#file.close();
    this.#twin.close();
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}

function foreign(path: string): RecordingError {
  return new RecordingError((t) => t.foreignFile(path));
}
