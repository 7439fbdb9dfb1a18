/** Fsyncs QoS 0 rows in the background while later rows are written. */

import type { FileSet, Sizes } from "./file_set.ts";
import type { Unsynced } from "./recorder_events.ts";

/**
 * Waiting for each sync let 0.57 million messages a second through on a disk of 155 MB/s; syncing
 * in the background lets 1.4 million through (`deno task bench --only throughput`). Waiting would
 * also hold the broker back, which then drops QoS 0 messages. So one sync starts when the last one
 * ends, as long as rows are unsynced. A power cut takes what was written during the last two.
 */
export class BackgroundSync {
  readonly #files: Pick<FileSet, "sizes" | "syncInBackground">;
  readonly #onEvent: (event: Unsynced) => void;
  /** When the first row that no running sync covers was received, ms since the epoch. */
  #since: number | undefined;
  /** The same for the running sync. */
  #under: number | undefined;
  #syncing: Promise<void> | undefined;
  /** Counts the commits that synced the files themselves meanwhile. */
  #overtaken = 0;

  /** Sizes up to which the files are on disk. */
  synced: Sizes;
  /** The last error. */
  cause: unknown;

  constructor(
    files: Pick<FileSet, "sizes" | "syncInBackground">,
    onEvent: (event: Unsynced) => void,
  ) {
    this.#files = files;
    this.#onEvent = onEvent;
    this.synced = files.sizes;
  }

  /** When the first row that may not be on the disk was received, ms since the epoch. */
  get since(): number | undefined {
    return this.#under ?? this.#since;
  }

  /** A commit has synced the files: nothing is pending. */
  caughtUp(): void {
    this.#since = undefined;
    this.#overtaken++;
    this.synced = this.#files.sizes;
  }

  /** Schedules a sync of what was committed; `since`: when its first row was received. */
  later(since: number): void {
    this.#since ??= since;
    this.#syncing ??= this.#sync().finally(() => this.#syncing = undefined);
  }

  /** Resolves when no sync is running or pending. */
  async idle(): Promise<void> {
    await this.#syncing;
  }

  async #sync(): Promise<void> {
    while (this.#since !== undefined) {
      const since = this.#under = this.#since;
      const { sizes } = this.#files, overtaken = this.#overtaken;
      this.#since = undefined;
      try {
        await this.#files.syncInBackground();
        if (overtaken === this.#overtaken) this.synced = sizes;
      } catch (cause) {
        this.cause = cause;
        this.#onEvent({ type: "unsynced", cause, since });
      }
      this.#under = undefined;
    }
  }
}
