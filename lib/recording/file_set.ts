/** The files of one recording, which hold the same rows: written at once, found again at once. */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { RecordingError } from "../locale/errors.ts";
import type { Format } from "../formats/mod.ts";
import type { Recording } from "../files/append_file.ts";
import type { RecorderEvent } from "./recorder_events.ts";

/** Bytes of each file by extension: up to there the files hold the same rows. */
export type Sizes = Readonly<Record<string, number>>;

/** A file and its size, for the status line and the summary. */
export interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

/** Rows of one batch, closed: a buffer for each file. */
export type Rows = readonly ByteBuffer[];

export class FileSet implements Disposable {
  readonly #recordings: readonly Recording<Format>[];
  readonly #tell: (event: RecorderEvent) => void;
  readonly #guard: (() => Promise<void>) | undefined;

  /** @param guard Called before anything is written; what it throws is passed on. */
  constructor(
    recordings: readonly Recording<Format>[],
    tell: (event: RecorderEvent) => void,
    guard?: () => Promise<void>,
  ) {
    this.#recordings = recordings;
    this.#tell = tell;
    this.#guard = guard;
  }

  /** Number of files. */
  get count(): number {
    return this.#recordings.length;
  }

  get list(): readonly FileSize[] {
    return this.#recordings.map(({ path, committed }) => ({ path, bytes: committed }));
  }

  /** Committed bytes. */
  get sizes(): Sizes {
    return Object.fromEntries(
      this.#recordings.map(({ format, committed }) => [format.extension, committed]),
    );
  }

  /** Makes the rows of a batch, in the place of what `rows` held. */
  encode(batch: Batch, rows: Rows): void {
    for (const [i, { format }] of this.#recordings.entries()) {
      const out = rows[i]!;
      out.clear();
      format.encode(batch, out);
      out.append(format.tail);
    }
  }

  /**
   * Cuts off what a failed attempt left; finds the files again that somebody took away. Asks for all
   * at once: while messages pour in, every wait is for this thread to be free.
   *
   * @throws {RecordingError} A file cannot be had, or is not ours any more.
   */
  async prepare(failed: boolean): Promise<void> {
    const recordings = failed ? [] : this.#recordings;
    const [, ...intact] = await Promise.all([
      this.#guard?.(),
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

  /**
   * Writes to all files at once: two disks' work in the time of one. All end before one that failed
   * is told.
   *
   * @param synced Whether to wait for the disk.
   * @param underWay Called when the system has been asked to write.
   */
  async write(rows: Rows, synced: boolean, underWay: () => void): Promise<void> {
    const writes = this.#recordings.map(async (recording, i) => {
      await recording.write(rows[i]!.view());
      if (synced) await recording.sync();
      // On disk is not enough: a file that was deleted or moved meanwhile keeps it from everybody.
      if (!await recording.intact()) {
        throw new RecordingError((t) => t.fileChanged(recording.path));
      }
    });
    underWay();
    throwFirst(await Promise.allSettled(writes));
  }

  /** What was written is committed. */
  commit(): void {
    for (const recording of this.#recordings) recording.commit();
  }

  /** Waits until the disk has what is committed, and holds up no `write` meanwhile. */
  async settle(): Promise<void> {
    throwFirst(await Promise.allSettled(this.#recordings.map((each) => each.settle())));
  }

  /** Cuts off what is not committed, where that can be done. */
  async rollBack(): Promise<void> {
    await Promise.allSettled(this.#recordings.map((recording) => recording.rollBack()));
  }

  [Symbol.dispose](): void {
    for (const recording of this.#recordings) recording[Symbol.dispose]();
  }
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
