/** Group commit: a batch becomes rows in every file, all synced, or the batch is not released. */

import type { Batch } from "./batch.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { backoff, type Clock } from "./clock.ts";
import { RecordingError, StateError } from "./errors.ts";
import type { Format, FormatName } from "./formats/mod.ts";
import type { Delivery } from "./intake.ts";
import { openRecordings } from "./open_recordings.ts";
import type { Recording } from "./recording.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import { Settler, type Sizes } from "./settler.ts";

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
  /** Rows on their way to the disk and rows being made, a buffer for each file. */
  readonly #outs: readonly (readonly ByteBuffer[])[];
  readonly #options: RecorderOptions;
  readonly #tell: (event: RecorderEvent) => void;
  /** Since when a commit is under way, on the monotonic clock. */
  #since: number | undefined;
  #stalled: "no" | "slow" | "failed" = "no";
  readonly #settler: Settler;

  private constructor(
    recordings: readonly Recording<Format>[],
    options: RecorderOptions,
    tell: (event: RecorderEvent) => void,
  ) {
    this.#recordings = recordings;
    this.#outs = [0, 1].map(() => recordings.map(() => new ByteBuffer()));
    this.#options = options;
    this.#tell = tell;
    this.#settler = new Settler(recordings, tell);
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
    return new Recorder(await openRecordings(options, tell), options, tell);
  }

  /** The files and their committed sizes. */
  get files(): readonly FileSize[] {
    return this.#recordings.map(({ path, committed }) => ({ path, bytes: committed }));
  }

  /** Bytes on the disk by extension: up to there the files hold the same rows. */
  get committed(): Sizes {
    return this.#settler.synced;
  }

  /** When the first row that may not be on the disk was received, ms since the epoch. */
  get unsyncedSince(): number | undefined {
    return this.#settler.since;
  }

  /** Whether rows are on their way to the disk. */
  get busy(): boolean {
    return this.#since !== undefined || this.unsyncedSince !== undefined;
  }

  /**
   * Records what is delivered until there is no more. The rows of the next batch are made while the
   * last one is on its way to the disk (2.1 → 3.2 million messages a second at QoS 0).
   *
   * @throws {RecordingError} See `commit`.
   */
  async record(deliveries: AsyncIterable<Delivery>): Promise<void> {
    const iterator = deliveries[Symbol.asyncIterator]();
    let last: Promise<void> = Promise.resolve();
    try {
      for (let turn = 0;; turn = 1 - turn) {
        const { value, done } = await Promise.race([iterator.next(), failureOf(last)]);
        if (done) break;
        const { batch, release } = value;
        const outs = this.#outs[turn]!;
        this.#encode(batch, outs);
        await last;
        const underWay = Promise.withResolvers<void>();
        last = this.#write(batch, outs, underWay.resolve).then(release);
        // Before, the next rows would only keep this thread from getting there.
        await Promise.race([underWay.promise, last]);
      }
      await last;
      await this.#settled();
    } finally {
      // Not awaited: it may be waiting for messages.
      void iterator.return?.();
    }
  }

  /**
   * Resolves when every message of the batch is in every file and on disk.
   *
   * @throws {RecordingError} It failed, and the signal or `exitOnError` ended the retries.
   */
  async commit(batch: Batch): Promise<void> {
    const [outs] = this.#outs;
    this.#encode(batch, outs!);
    await this.#write(batch, outs!);
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await this.#settler.settled();
    this.#checkDisk();
  }

  /** Where the first error is to end the recording, one of those that nobody waited for does too. */
  #checkDisk(): void {
    const { exitOnError, output } = this.#options;
    const { cause } = this.#settler;
    if (!exitOnError || cause === undefined) return;
    throw new RecordingError((t, because) => t.cannotWrite(output, because(cause)), { cause });
  }

  #encode(batch: Batch, outs: readonly ByteBuffer[]): void {
    for (const [i, { format }] of this.#recordings.entries()) {
      const out = outs[i]!;
      out.clear();
      format.encode(batch, out);
      out.append(format.tail);
    }
  }

  /**
   * Writes rows to every file, and syncs them where the broker waits for an acknowledgement of any.
   * What cannot be written is cut off and written again until it can.
   */
  async #write(
    batch: Batch,
    outs: readonly ByteBuffer[],
    underWay = () => {},
  ): Promise<void> {
    if (batch.count === 0) return;
    this.#checkDisk();
    const awaited = batch.acknowledged;
    const { clock, signal, exitOnError } = this.#options;
    this.#since = clock.monotonic();
    try {
      for (let attempt = 0;; attempt++) {
        try {
          await this.#prepare(attempt > 0);
          await this.#writeAll(outs, awaited, underWay);
          break;
        } catch (cause) {
          if (cause instanceof RecordingError && cause.final) throw cause;
          this.#stall("failed", cause);
          if (signal?.aborted || exitOnError) throw await this.#givenUp(batch, cause);
          await clock.sleep(backoff(attempt, () => 0.5, { maxMs: 2_000 }), signal);
        }
      }
    } finally {
      this.#since = undefined;
    }
    for (const recording of this.#recordings) recording.commit();
    if (awaited) this.#settler.caughtUp();
    else this.#settler.later(batch.time(0));
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

  /**
   * Cuts off what a failed attempt left; finds the files again that somebody took away. Asks for all
   * at once: while messages pour in, every wait is for this thread to be free.
   */
  async #prepare(failed: boolean): Promise<void> {
    const recordings = failed ? [] : this.#recordings;
    const [, ...intact] = await Promise.all([
      this.#options.guard?.(),
      ...recordings.map((recording) => recording.intact()),
    ]);
    for (const [i, recording] of this.#recordings.entries()) {
      if (intact[i]) continue;
      const found = await recording.rollBack();
      if (found === "cut") continue;
      this.#tell({ type: "replaced", path: recording.path, begun: found === "begun" });
      if (recording.torn) this.#tell({ type: "torn", torn: recording.torn });
    }
  }

  /** Both files at once: two disks' work in the time of one. All settle before any is retried. */
  async #writeAll(
    outs: readonly ByteBuffer[],
    awaited: boolean,
    underWay: () => void,
  ): Promise<void> {
    const writes = this.#recordings.map(async (recording, i) => {
      await recording.write(outs[i]!.view());
      if (awaited) await recording.sync();
      // On disk is not enough: a file that was deleted or moved meanwhile keeps it from everybody.
      if (!await recording.intact()) {
        throw new RecordingError((t) => t.fileChanged(recording.path));
      }
    });
    underWay();
    const results = await Promise.allSettled(writes);
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

/** Rejects as `done` does; never resolves. */
function failureOf(done: Promise<void>): Promise<never> {
  return done.then(() => new Promise<never>(() => {}));
}
