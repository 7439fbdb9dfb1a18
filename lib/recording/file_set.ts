/** The files of one recording, which hold the same rows and are written together. */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { FileChangedError } from "../locale/errors.ts";
import type { Format } from "../formats/mod.ts";
import type { AppendFile } from "../files/append_file.ts";
import type { RecorderEvent } from "./recorder_events.ts";

/** Sizes by extension, up to which the files hold the same rows. */
export type Sizes = Readonly<Record<string, number>>;

/** A file and its size, for the status line and the summary. */
export interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

/** Encoded rows of one batch and the footer, one buffer for each file. */
export type Rows = readonly ByteBuffer[];

export class FileSet implements Disposable {
  readonly #appendFiles: readonly AppendFile<Format>[];
  readonly #onEvent: (event: RecorderEvent) => void;
  readonly #guard: (() => Promise<void>) | undefined;
  #looking: Promise<void> | undefined;
  /** Files of which it was told that another program wrote into them. */
  readonly #rewritten = new Set<string>();

  /** @param guard Called before each write; `prepare` rethrows its errors. */
  constructor(
    appendFiles: readonly AppendFile<Format>[],
    onEvent: (event: RecorderEvent) => void,
    guard?: () => Promise<void>,
  ) {
    this.#appendFiles = appendFiles;
    this.#onEvent = onEvent;
    this.#guard = guard;
  }

  /** Number of files. */
  get count(): number {
    return this.#appendFiles.length;
  }

  get list(): readonly FileSize[] {
    return this.#appendFiles.map(({ path, committed }) => ({ path, bytes: committed }));
  }

  /** Committed bytes. */
  get sizes(): Sizes {
    return Object.fromEntries(
      this.#appendFiles.map(({ format, committed }) => [format.extension, committed]),
    );
  }

  /** Encodes messages `[from, to)` of a batch into `rows`, replacing their content. */
  encode(batch: Batch, rows: Rows, from = 0, to = batch.count): void {
    for (const [i, { format }] of this.#appendFiles.entries()) {
      const out = rows[i]!;
      out.clear();
      format.encode(batch, out, from, to);
      out.append(format.footer);
    }
  }

  /**
   * Cuts off what a failed attempt left, and reopens files that were moved or deleted. It checks
   * all files in parallel, because under load each `await` waits for the event loop.
   *
   * @throws {RecordingError} A file cannot be opened, or is no longer ours.
   */
  async prepare(failed: boolean): Promise<void> {
    if (this.#looking) await this.idle();
    const appendFiles = failed ? [] : this.#appendFiles;
    const [, ...intact] = await Promise.all([
      this.#guard?.(),
      ...appendFiles.map((appendFile) => appendFile.intact()),
    ]);
    await this.#reopen(intact);
  }

  /**
   * Does the same while nothing is written or synced, so that a file that is gone is told at once,
   * and not with the next message. What fails is left to `prepare`.
   */
  async look(): Promise<void> {
    await (this.#looking ??= this.#look().catch(() => {}).finally(() => this.#looking = undefined));
  }

  /** Resolves when no look goes on. */
  async idle(): Promise<void> {
    await this.#looking;
  }

  async #look(): Promise<void> {
    // Another recorder may have the path by now, whose rows nobody else may cut.
    await this.#guard?.();
    await this.#reopen(await Promise.all(this.#appendFiles.map((each) => each.intact(true))));
  }

  /** Reopens files that are not intact. */
  async #reopen(intact: readonly boolean[]): Promise<void> {
    for (const [i, appendFile] of this.#appendFiles.entries()) {
      const { path } = appendFile;
      if (appendFile.changes.found && !this.#rewritten.has(path)) {
        this.#rewritten.add(path);
        this.#onEvent({ type: "rewritten", path });
      }
      if (intact[i]) continue;
      const found = await appendFile.rollBack();
      if (found === "cut") continue;
      this.#onEvent({ type: "replaced", path, begun: found === "begun" });
      if (appendFile.torn) this.#onEvent({ type: "torn", torn: appendFile.torn });
    }
  }

  /**
   * Writes to all files in parallel; waits for every write before it throws the first error.
   *
   * @param synced Whether to sync as well.
   * @param onIssued Called when all writes are issued.
   */
  async write(rows: Rows, synced: boolean, onIssued: () => void): Promise<void> {
    const writes = this.#appendFiles.map(async (appendFile, i) => {
      await appendFile.write(rows[i]!.view());
      if (synced) await appendFile.sync();
      // A sync is not enough: the file may have been deleted or moved meanwhile.
      if (!await appendFile.intact()) {
        throw new FileChangedError(appendFile.path);
      }
    });
    onIssued();
    throwFirst(await Promise.allSettled(writes));
  }

  /** Marks written rows as committed. */
  commit(): void {
    for (const appendFile of this.#appendFiles) appendFile.commit();
  }

  /** Syncs committed rows without delaying a `write`. */
  async syncInBackground(): Promise<void> {
    throwFirst(await Promise.allSettled(this.#appendFiles.map((each) => each.syncInBackground())));
  }

  /**
   * Goes on in new files of the same paths, after the present ones were renamed.
   *
   * @throws {RecordingError} One cannot be created; call it again.
   */
  async beginNew(): Promise<void> {
    throwFirst(await Promise.allSettled(this.#appendFiles.map((each) => each.beginNew())));
  }

  /** Cuts off uncommitted rows, as far as possible. */
  async rollBack(): Promise<void> {
    await Promise.allSettled(this.#appendFiles.map((appendFile) => appendFile.rollBack()));
  }

  [Symbol.dispose](): void {
    for (const appendFile of this.#appendFiles) appendFile[Symbol.dispose]();
  }
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
