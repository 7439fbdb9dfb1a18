/** Group commit: acknowledges a batch only when its rows are synced in every file. */

import type { Batch } from "../message/batch.ts";
import { ByteBuffer } from "../message/byte_buffer.ts";
import { backoff } from "../system/clock.ts";
import { cannotWrite, notWritten, RecordingError } from "../locale/errors.ts";
import { FileSet, type FileSize, type Rows, type Sizes } from "./file_set.ts";
import type { Delivery } from "../message/delivery.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import type { RecorderOptions } from "./recorder_options.ts";
import { BackgroundSync } from "./background_sync.ts";
import { openRecording } from "./open_rotation.ts";
import type { Rotation } from "./rotation.ts";
import { withTicks } from "./rotation_ticks.ts";
import { failureOf } from "../system/failure_of.ts";
import { Stall } from "./stall.ts";
import { DivergedFiles } from "./diverged_files.ts";

export type { RecorderOptions } from "./recorder_options.ts";

export class Recorder implements Disposable {
  /** Messages in every file since the start. */
  messages = 0;
  /** Receive time of the last of them, ms since the epoch; 0 before the first. */
  lastTime = 0;
  readonly #files: FileSet;
  /** Two sets of row buffers: one being written, one being encoded. */
  readonly #rows: readonly Rows[];
  readonly #options: RecorderOptions;
  readonly #stall: Stall;
  readonly #backgroundSync: BackgroundSync;
  readonly #rotation: Rotation | undefined;
  readonly #diverged: DivergedFiles;
  #recording = false;

  private constructor(
    files: FileSet,
    options: RecorderOptions,
    onEvent: (event: RecorderEvent) => void,
    rotation: Rotation | undefined,
    diverged: DivergedFiles,
  ) {
    this.#rotation = rotation;
    this.#diverged = diverged;
    this.#files = files;
    this.#rows = [0, 1].map(() => Array.from({ length: files.count }, () => new ByteBuffer()));
    this.#options = options;
    this.#stall = new Stall(options.clock, onEvent);
    this.#backgroundSync = new BackgroundSync(files, onEvent);
  }

  /**
   * Opens every file. Call it before connecting, because a resumed session delivers at once and an
   * unwritable path must be reported before.
   *
   * @throws {RecordingError} A file cannot be opened.
   */
  static async open(
    options: RecorderOptions,
    onEvent: (event: RecorderEvent) => void = () => {},
  ): Promise<Recorder> {
    const diverged = new DivergedFiles(options.formats.length);
    const tell = diverged.listening(onEvent);
    const { appendFiles, rotation, areNew } = await openRecording(options, tell);
    if (areNew) diverged.clear();
    const files = new FileSet(appendFiles, (event) => {
      if (event.type === "replaced") rotation?.forget();
      tell(event);
    }, options.guard);
    return new Recorder(files, options, onEvent, rotation, diverged);
  }

  /** The files and their committed sizes. */
  get files(): readonly FileSize[] {
    return this.#files.list;
  }

  /** Sizes on disk by extension, up to which the files hold the same rows. */
  get committed(): Sizes {
    return this.#backgroundSync.synced;
  }

  /** Extensions of files that lack rows of the others. */
  get diverged(): readonly string[] {
    return this.#diverged.list;
  }

  /** Receive time of the first row that may not be on disk, ms since the epoch. */
  get unsyncedSince(): number | undefined {
    return this.#backgroundSync.since;
  }

  /** Whether rows are being written or synced. */
  get busy(): boolean {
    return this.#stall.running || this.unsyncedSince !== undefined;
  }

  /**
   * Records deliveries until they end. The next batch is encoded while one is written: 3.2 instead
   * of 2.1 million messages a second at QoS 0 (`deno task bench --only throughput`).
   *
   * Also where they end with an error it waits for the disk: the files are closed after it.
   *
   * @throws {RecordingError} A commit failed, and the signal or `exitOnError` ended the retries.
   */
  async record(deliveries: AsyncIterable<Delivery>): Promise<void> {
    const rotation = this.#rotation;
    const all = rotation ? withTicks(deliveries, rotation, this.#options.clock) : deliveries;
    const iterator = all[Symbol.asyncIterator]();
    let last: Promise<void> = Promise.resolve();
    this.#recording = true;
    try {
      for (let turn = 0;; turn = 1 - turn) {
        const { value, done } = await Promise.race([iterator.next(), failureOf(last)]);
        if (done) break;
        const { batch, ack } = value, rows = this.#rows[turn]!;
        const recorded = () => {
          if (batch.count > 0) this.#options.onRecorded?.(batch);
          return ack();
        };
        const issued = Promise.withResolvers<void>();
        if (rotation?.splits(batch)) {
          await last;
          last = this.#writeParts(batch, rows, rotation, issued.resolve).then(recorded);
        } else {
          this.#files.encode(batch, rows);
          await last;
          last = this.#write(batch, rows, issued.resolve).then(recorded);
        }
        // Wait until the writes are issued: encoding earlier would delay them.
        await Promise.race([issued.promise, last]);
      }
      await last;
      await this.#backgroundSync.idle();
      await this.#files.look();
      this.#checkDisk();
    } catch (error) {
      await last.catch(() => {}); // The first error says what is wrong.
      await this.#backgroundSync.idle();
      throw error;
    } finally {
      this.#recording = false;
      await this.#files.idle();
      // Not awaited: the iterator may be waiting for messages.
      void iterator.return?.();
    }
  }

  /** With `exitOnError` a failed background sync ends the recording too. */
  #checkDisk(): void {
    const { exitOnError, output } = this.#options;
    const { cause } = this.#backgroundSync;
    if (!exitOnError || cause === undefined) return;
    throw cannotWrite(output, cause);
  }

  /** Writes a batch whose messages belong into several files, or finishes files that are due. */
  async #writeParts(
    batch: Batch,
    rows: Rows,
    rotation: Rotation,
    onIssued: () => void,
  ): Promise<void> {
    for (let from = 0, to; from <= batch.count; from = to) {
      if (rotation.isDue(batch, from)) await this.#switchFiles(rotation, batch.count - from);
      if (from === batch.count) return;
      to = rotation.end(batch, from);
      this.#files.encode(batch, rows, from, to);
      await this.#write(batch, rows, to === batch.count ? onIssued : undefined, from, to);
    }
  }

  /** @param waiting Messages of the batch that are not written yet. */
  async #switchFiles(rotation: Rotation, waiting: number): Promise<void> {
    await this.#backgroundSync.idle();
    const onBegun = () => {
      this.#backgroundSync.markSynced();
      this.#diverged.clear();
    };
    await this.#persist(waiting, () => rotation.switchFiles(this.#files, onBegun));
  }

  /**
   * Writes rows to every file, and syncs them if any awaits an acknowledgement. Cuts off a failed
   * attempt and repeats it until it succeeds.
   */
  async #write(
    batch: Batch,
    rows: Rows,
    onIssued = () => {},
    from = 0,
    to = batch.count,
  ): Promise<void> {
    if (from === to) return;
    this.#checkDisk();
    const awaited = batch.acknowledged;
    await this.#persist(to - from, async (attempt) => {
      await this.#files.prepare(attempt > 0);
      await this.#files.write(rows, awaited, onIssued);
    });
    this.#files.commit();
    this.#diverged.wrote();
    if (awaited) this.#backgroundSync.markSynced();
    else this.#backgroundSync.schedule(batch.time(from));
    this.#rotation?.wrote(batch, from, to, this.#files);
    this.messages += to - from;
    this.lastTime = batch.time(to - 1);
  }

  /**
   * Tries until it succeeds; meanwhile the broker is held back.
   * @param waiting Messages that are lost to the recording where it is given up.
   */
  async #persist(waiting: number, act: (attempt: number) => Promise<unknown>): Promise<void> {
    const { clock, signal, exitOnError } = this.#options;
    this.#stall.begin();
    let done = false;
    try {
      for (let attempt = 0;; attempt++) {
        try {
          await act(attempt);
          done = true;
          return;
        } catch (cause) {
          if (cause instanceof RecordingError && cause.final) throw cause;
          this.#stall.failed(cause);
          if (signal?.aborted || exitOnError) throw await this.#givenUp(waiting, cause);
          await clock.sleep(backoff(attempt, () => 0.5, { maxMs: 2_000 }), signal);
        }
      }
    } finally {
      this.#stall.end(done);
    }
  }

  /** Reports a disk that does not answer, and files that are gone; call it once a second. */
  watch(): void {
    if (this.#recording && !this.busy) void this.#files.look();
    this.#stall.watch();
  }

  async #givenUp(messages: number, error: unknown): Promise<RecordingError> {
    await this.#files.rollBack();
    return notWritten(this.#options.output, messages, error);
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }
}
