/** Group commit: a batch becomes rows in every file, all synced, or the batch is not released. */

import type { Batch } from "./batch.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { backoff, type Clock } from "./clock.ts";
import { RecordingError, StateError } from "./errors.ts";
import { type Format, type FormatName, FORMATS, formatsOf } from "./formats/mod.ts";
import { refuseOther } from "./kind.ts";
import { level } from "./level.ts";
import { Recording, type Torn } from "./recording.ts";

/** What the recorder says while it works. */
export type RecorderEvent =
  | { readonly type: "torn"; readonly torn: Torn }
  /** Rows that a crash left in one file only now stand in `path` too, or could not be. */
  | {
    readonly type: "levelled";
    readonly path: string;
    readonly rows: number;
    readonly from: string;
  }
  | { readonly type: "uneven"; readonly paths: readonly [string, string]; readonly row: number }
  /** The files cannot be written, or (`code` SLOW) the disk does not answer. */
  | {
    readonly type: "stalled";
    readonly cause: unknown;
    /** For how long already, in ms. */
    readonly forMs: number;
  }
  | { readonly type: "resumed" }
  /** Somebody moved, deleted or changed a file; a new one was begun, or what is there continued. */
  | { readonly type: "replaced"; readonly path: string; readonly begun: boolean };

export interface RecorderOptions {
  /** Base path of the files, without extension; the caller holds its lock. */
  readonly output: string;
  readonly formats: readonly FormatName[];
  /** Rows hold properties. @default {false} */
  readonly properties?: boolean;
  /**
   * After a run that was killed: bytes of each of its files, by extension, at a moment when they
   * held the same rows. @default {none: the files are taken as they are}
   */
  readonly level?: Readonly<Record<string, number>> | undefined;
  readonly clock: Clock;
  /** A commit that fails is given up at once instead of being tried again. @default {false} */
  readonly exitOnError?: boolean;
  /**
   * Called before each commit. What it throws that is final ends the recording with the files
   * untouched: they are somebody else's.
   */
  readonly guard?: () => Promise<void>;
  /** Ends the retries of a commit that fails. */
  readonly signal?: AbortSignal;
}

/** A file and its size, for the status line and the summary. */
export interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

/** A commit under way for longer than this is said: a disk can hang without any error. */
const SLOW_MS = 2_000;

export class Recorder implements Disposable {
  /** Messages on disk since the start, in every file. */
  messages = 0;
  /** When the last message on disk was received, ms since the epoch; 0 before the first. */
  lastTime = 0;
  readonly #recordings: readonly Recording<Format>[];
  readonly #outs: readonly ByteBuffer[];
  readonly #options: RecorderOptions;
  readonly #tell: (event: RecorderEvent) => void;
  /** Since when a commit is under way, on the monotonic clock. */
  #since: number | undefined;
  #stalled: "no" | "slow" | "failed" = "no";

  private constructor(
    recordings: readonly Recording<Format>[],
    options: RecorderOptions,
    tell: (event: RecorderEvent) => void,
  ) {
    this.#recordings = recordings;
    this.#outs = recordings.map(() => new ByteBuffer());
    this.#options = options;
    this.#tell = tell;
  }

  /**
   * Opens every file: before the first connection, as a resumed session delivers at once and a
   * path that cannot be written must be known before anything arrives.
   *
   * @throws {RecordingError} A file cannot be had.
   */
  static async open(
    options: RecorderOptions,
    tell: (event: RecorderEvent) => void = () => {},
  ): Promise<Recorder> {
    const { output, formats, properties = false, level = {} } = options;
    // The files that the last run wrote, also those that this one does not: they are mended first.
    const names = (Object.keys(FORMATS) as FormatName[])
      .filter((name) => formats.includes(name) || FORMATS[name].extension in level);
    // All of them before any is mended: what is refused stays untouched.
    await refuseOther(output, names, properties);
    const recordings: Recording<Format>[] = [];
    try {
      for (const name of names) {
        const format = formatsOf(properties)[name], { extension } = format;
        const anchor = level[extension];
        const recording = await Recording.open(`${output}.${extension}`, format, { anchor });
        recordings.push(recording);
        if (recording.torn) tell({ type: "torn", torn: recording.torn });
      }
      await bringLevel(recordings, level, tell);
    } catch (error) {
      for (const recording of recordings) recording[Symbol.dispose]();
      throw error;
    }
    const wanted = recordings.filter((_, i) => formats.includes(names[i]!));
    for (const other of recordings) if (!wanted.includes(other)) other[Symbol.dispose]();
    return new Recorder(wanted, options, tell);
  }

  /** The files and their committed sizes. */
  get files(): readonly FileSize[] {
    return this.#recordings.map(({ path, committed }) => ({ path, bytes: committed }));
  }

  /** Committed bytes by extension: up to there the files hold the same rows. */
  get committed(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.#recordings.map(({ format, committed }) => [format.extension, committed]),
    );
  }

  /** Whether rows are on their way to the disk. */
  get busy(): boolean {
    return this.#since !== undefined;
  }

  /**
   * Resolves when every message of the batch is in every file and on disk. What cannot be written
   * is cut off and written again until it can; nothing is acknowledged meanwhile.
   *
   * @throws {RecordingError} It failed, and the signal or `exitOnError` ended the retries.
   */
  async commit(batch: Batch): Promise<void> {
    if (batch.count === 0) return;
    for (const [i, recording] of this.#recordings.entries()) {
      recording.format.encode(batch, this.#outs[i]!);
    }
    const { clock, signal, exitOnError, guard } = this.#options;
    this.#since = clock.monotonic();
    try {
      for (let attempt = 0;; attempt++) {
        try {
          await guard?.();
          await this.#prepare(attempt > 0);
          await this.#writeAll();
          break;
        } catch (cause) {
          if (cause instanceof RecordingError && cause.final) throw cause;
          this.#stall("failed", cause);
          if (signal?.aborted || exitOnError) throw await this.#givenUp(batch, cause);
          await clock.sleep(backoff(attempt, () => 0.5, { maxMs: 2_000 }), signal);
        }
      }
    } finally {
      for (const out of this.#outs) out.clear();
      this.#since = undefined;
    }
    for (const recording of this.#recordings) recording.commit();
    this.messages += batch.count;
    this.lastTime = batch.time(batch.count - 1);
    if (this.#stalled !== "no") {
      this.#stalled = "no";
      this.#tell({ type: "resumed" });
    }
  }

  /** To be called about once a second: says it when the disk has not answered for a while. */
  watch(): void {
    if (this.#since === undefined || this.#stalled !== "no") return;
    if (this.#options.clock.monotonic() - this.#since > SLOW_MS) {
      this.#stall("slow", new StateError("SLOW"));
    }
  }

  /** Cuts off what a failed attempt left; finds the files again that somebody took away. */
  async #prepare(failed: boolean): Promise<void> {
    for (const recording of this.#recordings) {
      if (!failed && await recording.intact()) continue;
      const found = await recording.rollBack();
      if (found === "cut") continue;
      this.#tell({ type: "replaced", path: recording.path, begun: found === "begun" });
      if (recording.torn) this.#tell({ type: "torn", torn: recording.torn });
    }
  }

  /** Both files at once: two disks' work in the time of one. All settle before any is retried. */
  async #writeAll(): Promise<void> {
    const results = await Promise.allSettled(this.#recordings.map(async (recording, i) => {
      await recording.write(this.#outs[i]!.view());
      await recording.sync();
      // On disk is not enough: a file that was deleted or moved meanwhile keeps it from everybody.
      if (!await recording.intact()) {
        throw new RecordingError((t) => t.fileChanged(recording.path));
      }
    }));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  #stall(kind: "slow" | "failed", cause: unknown): void {
    if (this.#stalled === kind) return;
    this.#stalled = kind;
    const forMs = this.#options.clock.monotonic() - this.#since!;
    this.#tell({ type: "stalled", cause, forMs });
  }

  async #givenUp(batch: Batch, cause: unknown): Promise<RecordingError> {
    await Promise.allSettled(this.#recordings.map((recording) => recording.rollBack()));
    const { output } = this.#options;
    return new RecordingError((t, because) => t.notWritten(output, batch.count, because(cause)), {
      cause,
    });
  }

  [Symbol.dispose](): void {
    for (const recording of this.#recordings) recording[Symbol.dispose]();
  }
}

/** After a crash one file may have rows of the last commit that the other one does not have. */
async function bringLevel(
  recordings: readonly Recording<Format>[],
  anchors: Readonly<Record<string, number>>,
  tell: (event: RecorderEvent) => void,
): Promise<void> {
  const [a, b] = recordings.filter(({ format: { extension } }) => extension in anchors);
  if (a === undefined || b === undefined) return;
  const from = [anchors[a.format.extension]!, anchors[b.format.extension]!] as const;
  const found = await level(a, b, { from });
  if (found.type === "levelled") {
    const { path, rows } = found;
    tell({ type: "levelled", path, rows, from: path === a.path ? b.path : a.path });
  } else if (found.type !== "level") {
    tell({ type: "uneven", paths: [a.path, b.path], row: found.rows + 1 });
  }
}
