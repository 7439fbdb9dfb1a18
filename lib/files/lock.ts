/**
 * Locks an output against a second recorder, and stores the state of the run for the next start.
 */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { RecordingError } from "../locale/errors.ts";
import { holdsQos0 } from "./recorded_qos.ts";
import { openRegular, syncDirectory } from "./regular_file.ts";
import { ENDED, FRESH, lastingPart, type RunState, unknownSince } from "./run_state.ts";
import { leadsTo, lockOrThrow } from "./take_lock.ts";
import { whenFree } from "./when_free.ts";
import { type Found, StateSlots } from "./state_slots.ts";

const EXTENSION = ".lock";

/**
 * A lock file beside the recording, `<output>.lock`. The recording itself is not locked: on Windows
 * a lock keeps readers out too, and people look at a recording while it grows. After a wanted end
 * the file holds the sizes of the files and nothing else; else it is the trace of a killed run.
 */
export class OutputLock implements AsyncDisposable {
  readonly #output: string;
  #file: Deno.FsFile;
  /** Device and inode of the file. They stay while it is open, and `ensure()` runs in each commit. */
  #info: Deno.FileInfo;
  #slots: StateSlots;
  #state: RunState;
  /** What was found, if anything. */
  #found: RunState | undefined;
  /** The part of the state that was synced last, as JSON. */
  #synced = "";
  #writing: Promise<void> | undefined;
  #changed = false;
  #syncWanted = false;
  #previousReplaced = false;

  /**
   * State of the previous run if it was killed or kept its session; undefined if it ended
   * regularly.
   */
  readonly previousRun: RunState | undefined;
  /** Rows of the gap log that a run which ended could not write. */
  readonly unwritten: RunState["open"];
  /** Whether any run of this recording had messages with QoS 0. */
  readonly qos0: boolean;

  /** The last run was one of version 0.1.0, which wrote raw NULs in CSV. */
  readonly of0_1_0: boolean;

  /** The state came from another machine or folder, whose recorder keeps the session it names. */
  copied = false;

  private constructor(
    output: string,
    file: Deno.FsFile,
    info: Deno.FileInfo,
    slots: StateSlots,
    { state, plain }: Found,
    qos0: boolean,
  ) {
    this.#output = output;
    this.#file = file;
    this.#info = info;
    this.#slots = slots;
    this.#found = state;
    this.#state = state ?? FRESH;
    this.of0_1_0 = plain;
    this.qos0 = qos0;
    // One that was killed before it had a connection recorded nothing, and missed nothing.
    this.previousRun = state?.alive === 0 && state.leftOut.length === 0 ? undefined : state;
    this.unwritten = this.previousRun === undefined ? state?.open ?? [] : [];
  }

  /** Sizes at which the files held the same rows; empty: none is known. */
  get checkpoints(): Readonly<Record<string, number>> {
    return this.#found?.committed ?? {};
  }

  /** Extensions of files that lack rows of the others. */
  get diverged(): readonly string[] {
    return this.#found?.uneven ?? [];
  }

  /**
   * Notes which files of the recording hold the same rows now, whatever else stays of the run
   * before.
   */
  async noteFiles(change: Partial<Pick<RunState, "uneven" | "committed">>): Promise<void> {
    if (this.#found === undefined && change.uneven === undefined) return;
    this.#found = { ...(this.#found ?? FRESH), ...change };
    await this.note(change);
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
      const isNew = await Deno.lstat(path).then(() => false, () => true);
      const file = await whenFree(() => openRegular(path));
      await lockOrThrow(output, path, file);
      // Between opening and locking, the owner before may have ended and removed the file.
      const info = await file.stat();
      if (!(await leadsTo(path, info))) {
        file.close();
        continue;
      }
      const { slots, found } = await StateSlots.open(file);
      const state = found.state ?? (isNew ? undefined : unknownSince(info.mtime));
      const qos0 = state?.qos0 || (isNew || found.plain) && await holdsQos0(output);
      const all = { ...found, state: state && { ...state, qos0 } };
      const lock = new OutputLock(output, file, info, slots, all, qos0);
      await lock.note({ pid: Deno.pid });
      await syncDirectory(path);
      return lock;
    }
  }

  /**
   * Replaces the previous run's state once its gaps are logged and its files repaired. A run that
   * ends without calling it, because no broker answered, restores that state at its end.
   */
  async replacePreviousRun(change: Partial<RunState>): Promise<void> {
    this.#previousReplaced = true;
    const { pid, clientId, fingerprint, switch: begun, finished } = this.#state;
    await this.note({ ...FRESH, pid, clientId, fingerprint, switch: begun, finished, ...change });
  }

  /**
   * Writes a change that must survive a power cut.
   *
   * @throws The lock file cannot be written.
   */
  async noteSynced(change: Partial<RunState>): Promise<void> {
    this.#syncWanted = true;
    await this.#save(change);
  }

  get #path(): string {
    return `${this.#output}${EXTENSION}`;
  }

  /** The state in the lock file, including changes that are being written. */
  get state(): RunState {
    return this.#state;
  }

  /**
   * Notes how far the run is, and syncs it where more than that changed. Resolves when it is
   * written; a write that fails is tried again with the next note.
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
    if (await leadsTo(this.#path, this.#info)) return;
    let file: Deno.FsFile;
    try {
      file = await openRegular(this.#path);
    } catch {
      return; // Its folder is gone, which the recording's own files will report.
    }
    await lockOrThrow(this.#output, this.#path, file);
    const info = await file.stat();
    await this.#writing?.catch(() => {});
    this.#file.close();
    this.#file = file;
    this.#info = info;
    this.#slots = (await StateSlots.open(file)).slots;
    this.#syncWanted = true;
    await this.note({});
    await syncDirectory(this.#path);
  }

  /**
   * Leaves the file for the next start: for the session, for gap rows not written, for the sizes of
   * the files, or because there were messages with QoS 0, which are to be expected again. Removes
   * it where there is nothing to know.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#previousReplaced) {
      const { switch: begun, finished } = this.#state;
      if (this.#found) await this.note({ ...ENDED, ...this.#found, switch: begun, finished });
    } else if (!this.#state.sessionKept && this.#state.leftOut.length === 0) {
      const { committed, uneven, qos0, switch: begun, finished, open } = this.#state;
      await this.note({ ...ENDED, committed, uneven, qos0, switch: begun, finished, open });
    }
    await this.#writing?.catch(() => {});
    const { alive, sessionKept, leftOut, open, committed, uneven, qos0, finished } = this.#state;
    const ended = alive === 0 && !sessionKept && leftOut.length + open.length === 0 &&
      finished === undefined && uneven === undefined;
    if (!ended || qos0 || Object.keys(committed).length > 0) return this.#file.close();
    // Windows removes no open file and POSIX must not let a stranger's lock be removed.
    const windows = Deno.build.os === "windows";
    if (windows) this.#file.close();
    if (windows || await leadsTo(this.#path, this.#info)) {
      await Deno.remove(this.#path).catch(() => {});
    }
    if (!windows) this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#changed) {
        this.#changed = false;
        const state = this.#state, lasting = lastingPart(state);
        const synced = this.#syncWanted || lasting !== this.#synced;
        this.#syncWanted = false;
        try {
          if (synced) await this.#slots.writeSynced(state);
          else await this.#slots.write(state);
        } catch (cause) {
          this.#changed = true;
          this.#syncWanted = synced;
          throw cause;
        }
        if (synced) this.#synced = lasting;
      }
    } finally {
      this.#writing = undefined;
    }
  }
}
