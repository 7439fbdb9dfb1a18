/** Fsyncs QoS 0 rows in the background while later rows are written. */

import type { FileSet, Sizes } from "./file_set.ts";
import type { Unsynced } from "./recorder_events.ts";

/**
 * On a disk of 155 MB/s it records 1.4 million messages a second, and 0.57 million if every write
 * waits for its sync (`deno task bench --only throughput`). Waiting would also hold the broker
 * back, which then drops QoS 0 messages. So a sync starts when the previous one ends, as long as
 * rows are unsynced. A power cut loses what was written during the last two.
 */
export class BackgroundSync {
  readonly #files: Pick<FileSet, "sizes" | "syncInBackground">;
  readonly #onEvent: (event: Unsynced) => void;
  /** Receive time of the first row that no running sync covers, ms since the epoch. */
  #since: number | undefined;
  /** The same of the running sync. */
  #runningSince: number | undefined;
  #syncing: Promise<void> | undefined;
  /** Number of commits that synced the files themselves. */
  #syncedCommits = 0;

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

  /** Receive time of the first row that may not be on disk, ms since the epoch. */
  get since(): number | undefined {
    return this.#runningSince ?? this.#since;
  }

  /** Notes that a commit has synced the files: nothing is pending. */
  markSynced(): void {
    this.#since = undefined;
    this.#syncedCommits++;
    this.synced = this.#files.sizes;
  }

  /** Schedules a sync of committed rows, the first of which was received at `since`. */
  schedule(since: number): void {
    this.#since ??= since;
    this.#syncing ??= this.#sync().finally(() => this.#syncing = undefined);
  }

  /** Resolves when no sync is running or pending. */
  async idle(): Promise<void> {
    await this.#syncing;
  }

  async #sync(): Promise<void> {
    while (this.#since !== undefined) {
      const since = this.#runningSince = this.#since;
      const { sizes } = this.#files, syncedCommits = this.#syncedCommits;
      this.#since = undefined;
      try {
        await this.#files.syncInBackground();
        if (syncedCommits === this.#syncedCommits) this.synced = sizes;
      } catch (cause) {
        this.cause = cause;
        this.#onEvent({ type: "unsynced", cause, since });
      }
      this.#runningSince = undefined;
    }
  }
}
