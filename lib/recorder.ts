/** Group commit: a batch becomes rows in every file, all synced, or the batch is not released. */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import type { Batch } from "./batch.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { backoff, type Clock } from "./clock.ts";
import { RecordingError } from "./errors.ts";
import { type FormatName, FORMATS } from "./formats/mod.ts";
import { OutputLock } from "./lock.ts";
import { Recording, type Torn } from "./recording.ts";

/** What the recorder says while it works. */
export type RecorderEvent =
  | { readonly type: "torn"; readonly torn: Torn }
  | { readonly type: "stalled"; readonly cause: unknown }
  | { readonly type: "resumed" };

export interface RecorderOptions {
  /** Base path of the files, without extension. */
  readonly output: string;
  readonly formats: readonly FormatName[];
  readonly clock: Clock;
  /** Ends the retries of a commit that fails. */
  readonly signal?: AbortSignal;
}

/** A file and its size, for the status line and the summary. */
export interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

export class Recorder implements AsyncDisposable {
  /** Messages on disk since the start, in every file. */
  messages = 0;
  readonly #recordings: readonly Recording[];
  readonly #outs: readonly ByteBuffer[];
  readonly #lock: OutputLock;
  readonly #options: RecorderOptions;
  readonly #tell: (event: RecorderEvent) => void;

  private constructor(
    recordings: readonly Recording[],
    lock: OutputLock,
    options: RecorderOptions,
    tell: (event: RecorderEvent) => void,
  ) {
    this.#recordings = recordings;
    this.#outs = recordings.map(() => new ByteBuffer());
    this.#lock = lock;
    this.#options = options;
    this.#tell = tell;
  }

  /**
   * Locks the output and opens every file: before the first connection, as a resumed session
   * delivers at once and a path that cannot be written must be known before anything arrives.
   *
   * @throws {RecordingError} The folder, the lock or a file cannot be had.
   */
  static async open(
    options: RecorderOptions,
    tell: (event: RecorderEvent) => void = () => {},
  ): Promise<Recorder> {
    const { output, formats } = options;
    const folder = dirname(output);
    if (folder !== ".") {
      try {
        await ensureDir(folder);
      } catch (cause) {
        throw new RecordingError((t, because) => t.cannotCreateFolder(folder, because(cause)), {
          cause,
        });
      }
    }
    const lock = await OutputLock.take(output);
    const recordings: Recording[] = [];
    try {
      for (const name of formats) {
        const format = FORMATS[name];
        const recording = await Recording.open(`${output}.${format.extension}`, format);
        recordings.push(recording);
        if (recording.torn) tell({ type: "torn", torn: recording.torn });
      }
    } catch (error) {
      for (const recording of recordings) recording[Symbol.dispose]();
      await lock[Symbol.asyncDispose]();
      throw error;
    }
    return new Recorder(recordings, lock, options, tell);
  }

  /** The files and their committed sizes. */
  get files(): readonly FileSize[] {
    return this.#recordings.map(({ path, committed }) => ({ path, bytes: committed }));
  }

  /**
   * Resolves when every message of the batch is in every file and on disk. What cannot be written
   * is cut off and written again until it can; nothing is acknowledged meanwhile.
   *
   * @throws {RecordingError} It failed and the signal ended the retries.
   */
  async commit(batch: Batch): Promise<void> {
    if (batch.count === 0) return;
    for (const [i, recording] of this.#recordings.entries()) {
      recording.format.encode(batch, this.#outs[i]!);
    }
    const { clock, signal } = this.#options;
    try {
      for (let attempt = 0;; attempt++) {
        try {
          if (attempt > 0) await Promise.all(this.#recordings.map((r) => r.rollBack()));
          await this.#writeAll();
          if (attempt > 0) this.#tell({ type: "resumed" });
          break;
        } catch (cause) {
          if (attempt === 0) this.#tell({ type: "stalled", cause });
          if (signal?.aborted) {
            await Promise.allSettled(this.#recordings.map((r) => r.rollBack()));
            throw new RecordingError(
              (t, because) => t.notWritten(this.#options.output, batch.count, because(cause)),
              { cause },
            );
          }
          await clock.sleep(backoff(attempt, () => 0.5, { maxMs: 2_000 }), signal);
        }
      }
    } finally {
      for (const out of this.#outs) out.clear();
    }
    for (const recording of this.#recordings) recording.commit();
    this.messages += batch.count;
  }

  /** Both files at once: two disks' work in the time of one. All settle before any is retried. */
  async #writeAll(): Promise<void> {
    const results = await Promise.allSettled(this.#recordings.map(async (recording, i) => {
      await recording.write(this.#outs[i]!.view());
      await recording.sync();
    }));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const recording of this.#recordings) recording[Symbol.dispose]();
    await this.#lock[Symbol.asyncDispose]();
  }
}
