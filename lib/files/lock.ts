/** Keeps a second recorder off the same output, and tells the next start how this run went. */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { RecordingError } from "../locale/errors.ts";
import { openRegular, syncDirectory } from "./regular_file.ts";
import { FRESH, parseState, type RunState } from "./run_state.ts";
import { writeAll } from "../system/write_all.ts";

/** Longest state looked at: the filters of one command line. */
const MAX_BYTES = 1 << 20;
const EXTENSION = ".lock";
const SPACE = 32, NEWLINE = 10;

/**
 * A lock file beside the recording, `<output>.lock`. The recording itself is not locked: on Windows
 * a lock keeps readers out too, and people look at a recording while it grows. The file goes with
 * a wanted end, so that one without an owner is the trace of a run that was killed.
 */
export class OutputLock implements AsyncDisposable {
  readonly #output: string;
  #file: Deno.FsFile;
  #state: RunState;
  #length: number;
  #writing: Promise<void> | undefined;
  #changed = false;
  #previousReplaced = false;

  /** How the last run stood when it was killed, or left its session; undefined: it ended whole. */
  readonly previousRun: RunState | undefined;

  /** The state came from elsewhere: the session that it names is left to whoever has it. */
  forsaken = false;

  private constructor(
    output: string,
    file: Deno.FsFile,
    length: number,
    previousRun: RunState | undefined,
  ) {
    this.#output = output;
    this.#file = file;
    this.#length = length;
    this.#state = previousRun ?? FRESH;
    this.previousRun = previousRun;
  }

  /**
   * Makes the folder if need be, and takes the lock.
   *
   * @throws {RecordingError} Another process holds it (named where it can be read), or the folder
   * or the file cannot be had.
   */
  static async take(output: string): Promise<OutputLock> {
    const folder = dirname(output);
    try {
      if (folder !== ".") await ensureDir(folder);
    } catch (cause) {
      throw new RecordingError((t, because) => t.cannotCreateFolder(folder, because(cause)), {
        cause,
      });
    }
    const path = `${output}${EXTENSION}`;
    for (;;) {
      const file = await openRegular(path);
      if (!(await file.tryLock(true))) {
        throw await inUse(output, file);
      }
      // Between opening and locking, the owner before may have ended and removed the file.
      if (!(await leadsTo(path, file))) {
        file.close();
        continue;
      }
      const found = await readState(file);
      // One that was killed before it had a connection recorded nothing, and missed nothing.
      const previousRun = found?.alive === 0 && found.leftOut.length === 0 ? undefined : found;
      const lock = new OutputLock(output, file, (await file.stat()).size, previousRun);
      await lock.note({ pid: Deno.pid });
      return lock;
    }
  }

  /**
   * From here on this run answers for itself: what the last one left is told and mended. Without
   * it (nothing was recorded, as no broker answered) the trace of that run is put back at the end.
   */
  async replacePreviousRun(change: Partial<RunState>): Promise<void> {
    this.#previousReplaced = true;
    const { pid, clientId, fingerprint } = this.#state;
    await this.note({ ...FRESH, pid, clientId, fingerprint, ...change });
    // A file without content after a power cut would be taken for that of a run that ended whole.
    await this.#sync().catch(() => {});
  }

  /**
   * Notes what must outlive a power cut.
   *
   * @throws It cannot be written.
   */
  async noteSynced(change: Partial<RunState>): Promise<void> {
    await this.#save(change);
    await this.#sync();
  }

  async #sync(): Promise<void> {
    await Promise.all([this.#file.sync(), syncDirectory(this.#path)]);
  }

  get #path(): string {
    return `${this.#output}${EXTENSION}`;
  }

  /** What stands in the lock file, or is about to. */
  get state(): RunState {
    return this.#state;
  }

  /**
   * Notes how far the run is. Resolves when it is written; a write that fails is tried again with
   * the next note: an older state is a true one too.
   */
  async note(change: Partial<RunState>): Promise<void> {
    await this.#save(change).catch(() => {});
  }

  /** Rejects when it could not be written. */
  #save(change: Partial<RunState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    this.#changed = true;
    return this.#writing ??= this.#write();
  }

  /**
   * Puts the file back where it was deleted or its folder made anew. To be called before anything
   * is written.
   *
   * @throws {RecordingError} Another recorder took the output meanwhile.
   */
  async ensure(): Promise<void> {
    if (await leadsTo(this.#path, this.#file)) return;
    let file: Deno.FsFile;
    try {
      file = await openRegular(this.#path);
    } catch {
      return; // Its folder is gone; said with the recording's own files.
    }
    if (!(await file.tryLock(true))) {
      throw await inUse(this.#output, file);
    }
    this.#file.close();
    this.#file = file;
    this.#length = (await file.stat()).size;
    await this.note({});
  }

  /** The file goes, but where the next start needs it: for the session, or for rows not written. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#previousReplaced && this.previousRun) await this.note(this.previousRun);
    await this.#writing?.catch(() => {});
    const { sessionKept, leftOut } = this.#state;
    const needed = this.#previousReplaced
      ? sessionKept || leftOut.length > 0
      : this.previousRun !== undefined;
    if (needed) return this.#file.close();
    // Windows removes no open file and POSIX must not let a stranger's lock be removed.
    const windows = Deno.build.os === "windows";
    if (windows) this.#file.close();
    if (windows || await leadsTo(this.#path, this.#file)) {
      await Deno.remove(this.#path).catch(() => {});
    }
    if (!windows) this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#changed) {
        this.#changed = false;
        // In place and never shorter than before: at no moment is there half of an old state.
        const text = new TextEncoder().encode(JSON.stringify(this.#state));
        const bytes = new Uint8Array(Math.max(text.length + 1, this.#length)).fill(SPACE);
        bytes.set(text);
        bytes[bytes.length - 1] = NEWLINE;
        await this.#file.seek(0, Deno.SeekMode.Start);
        await writeAll(this.#file, bytes);
        this.#length = bytes.length;
      }
    } catch (cause) {
      this.#changed = true;
      throw cause;
    } finally {
      this.#writing = undefined;
    }
  }
}

/** The error for an output whose lock somebody else holds; closes the lock file. */
async function inUse(output: string, file: Deno.FsFile): Promise<RecordingError> {
  const owner = (await readState(file).catch(() => undefined))?.pid;
  file.close();
  return new RecordingError((t) => t.outputInUse(output, owner), { final: true });
}

async function leadsTo(path: string, file: Deno.FsFile): Promise<boolean> {
  const found = Deno.lstat(path).catch(() => undefined);
  const [mine, there] = await Promise.all([file.stat(), found]);
  return there?.ino === mine.ino && there.dev === mine.dev;
}

/**
 * The state in a lock file; undefined in an empty one. One that makes no sense (a torn write) still
 * tells that a run did not end as it should, and the file's own time when.
 *
 * @throws Where the lock keeps it from being read (Windows).
 */
async function readState(file: Deno.FsFile): Promise<RunState | undefined> {
  const { size, mtime } = await file.stat();
  const bytes = new Uint8Array(Math.min(size, MAX_BYTES));
  let length = 0;
  await file.seek(0, Deno.SeekMode.Start);
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  if (length === 0) return undefined;
  const state = parseState(new TextDecoder().decode(bytes.subarray(0, length)));
  return state ?? { ...FRESH, alive: mtime?.getTime() ?? 0 };
}
