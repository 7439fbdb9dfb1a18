/**
 * Locks an output against a second recorder, and stores the state of the run for the next start.
 */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { RecordingError } from "../locale/errors.ts";
import { openRegular, syncDirectory } from "./regular_file.ts";
import { FRESH, parseState, type RunState } from "./run_state.ts";
import { writeAll } from "../system/write_all.ts";

/** Longest state that is read, in bytes: the filters of one command line. */
const MAX_BYTES = 1 << 20;
const EXTENSION = ".lock";
const SPACE = 32, NEWLINE = 10;

/**
 * A lock file beside the recording, `<output>.lock`. The recording itself is not locked, because on
 * Windows a lock excludes readers too, and people read a recording while it grows. A regular end
 * removes the file, so that an unlocked one means that its run was killed.
 */
export class OutputLock implements AsyncDisposable {
  readonly #output: string;
  #file: Deno.FsFile;
  #state: RunState;
  #length: number;
  #writing: Promise<void> | undefined;
  #changed = false;
  #previousReplaced = false;

  /**
   * State of the previous run if it was killed or kept its session; undefined if it ended
   * regularly.
   */
  readonly previousRun: RunState | undefined;
  /** Whether any run of this recording had messages with QoS 0. */
  readonly qos0: boolean;

  /** The state came from another machine or folder, whose recorder keeps the session it names. */
  copied = false;

  private constructor(
    output: string,
    file: Deno.FsFile,
    length: number,
    previousRun: RunState | undefined,
    qos0: boolean,
  ) {
    this.#output = output;
    this.#file = file;
    this.#length = length;
    this.#state = previousRun ?? { ...FRESH, qos0 };
    this.previousRun = previousRun;
    this.qos0 = qos0;
  }

  /**
   * Creates the folder if necessary and takes the lock.
   *
   * @throws {RecordingError} Another process holds the lock (the error names it if possible), or
   * the folder or file cannot be created.
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
      // Between opening and locking, the previous owner may have ended and removed the file.
      if (!(await leadsTo(path, file))) {
        file.close();
        continue;
      }
      const found = await readState(file);
      // A run that ended regularly, or was killed before its first connection, missed nothing.
      const previousRun = found?.alive === 0 && found.leftOut.length === 0 ? undefined : found;
      const qos0 = found?.qos0 ?? false;
      const lock = new OutputLock(output, file, (await file.stat()).size, previousRun, qos0);
      await lock.note({ pid: Deno.pid });
      return lock;
    }
  }

  /**
   * Replaces the previous run's state once its gaps are logged and its files repaired. A run that
   * ends without calling it, because no broker answered, restores that state at its end.
   */
  async replacePreviousRun(change: Partial<RunState>): Promise<void> {
    this.#previousReplaced = true;
    const { pid, clientId, fingerprint } = this.#state;
    await this.note({ ...FRESH, pid, clientId, fingerprint, ...change });
    // After a power cut an empty file would look like that of a run that ended regularly.
    await this.#sync().catch(() => {});
  }

  /**
   * Writes a change that must survive a power cut.
   *
   * @throws The lock file cannot be written.
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

  /** The state in the lock file, including changes that are being written. */
  get state(): RunState {
    return this.#state;
  }

  /**
   * Writes the progress of the run; resolves when it is written. A failed write is repeated with
   * the next note, which is safe because an older state is valid too.
   */
  async note(change: Partial<RunState>): Promise<void> {
    await this.#save(change).catch(() => {});
  }

  /** Rejects if the write fails. */
  #save(change: Partial<RunState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    this.#changed = true;
    return this.#writing ??= this.#write();
  }

  /**
   * Restores the file if it was deleted or its folder was created again. Call it before every
   * write.
   *
   * @throws {RecordingError} Another recorder took the output meanwhile.
   */
  async ensure(): Promise<void> {
    if (await leadsTo(this.#path, this.#file)) return;
    let file: Deno.FsFile;
    try {
      file = await openRegular(this.#path);
    } catch {
      return; // Its folder is gone, which the recording's own files will report.
    }
    if (!(await file.tryLock(true))) {
      throw await inUse(this.#output, file);
    }
    this.#file.close();
    this.#file = file;
    this.#length = (await file.stat()).size;
    await this.note({});
  }

  /**
   * Removes the file, unless the next start needs it: for the session, for gap rows not written, or
   * because there were messages with QoS 0, which are to be expected again.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#previousReplaced && this.previousRun) await this.note(this.previousRun);
    await this.#writing?.catch(() => {});
    const { sessionKept, leftOut, qos0 } = this.#state;
    const needed = this.#previousReplaced
      ? sessionKept || leftOut.length > 0
      : this.previousRun !== undefined;
    if (!needed && qos0) await this.note({ ...FRESH, qos0 });
    if (needed || qos0) return this.#file.close();
    // Windows removes no open file; on POSIX the path may lead to another recorder's lock.
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
        // Overwrite in place, never shorter than before, so that no old bytes follow the new state.
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

/** The error for an output whose lock another process holds; closes the lock file. */
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
 * The state in a lock file; undefined if it is empty. Invalid content (a torn write) still proves
 * that a run was killed, at the file's modification time.
 *
 * @throws The lock prevents reading (Windows).
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
