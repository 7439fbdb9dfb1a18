/** Syncs what nobody waits for, rows of QoS 0, behind the back of the ones that follow. */

import type { FileSet, Sizes } from "./file_set.ts";
import type { Unsynced } from "./recorder_events.ts";

/**
 * Where 155 MB a second could be synced, waiting for it let 0.57 million messages a second through;
 * behind their back it is 1.4 million, as long as the system's memory holds what the disk has not.
 * To wait for the disk would also hold the broker back, which then drops what it has of QoS 0. So the
 * disk is never waited for and never left alone: one sync begins when the last one ends, as long as
 * there is more to be synced. A power cut takes what was written during the last two.
 */
export class BackgroundSync {
  readonly #files: Pick<FileSet, "sizes" | "syncInBackground">;
  readonly #onEvent: (event: Unsynced) => void;
  /** When the first row that is not being synced was received. */
  #since: number | undefined;
  /** The same for what is. */
  #under: number | undefined;
  #syncing: Promise<void> | undefined;
  /** Counts what was synced in another way meanwhile. */
  #overtaken = 0;

  /** What is on the disk. */
  synced: Sizes;
  /** What went wrong last. */
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

  /** Everything committed is on the disk: the recordings themselves were synced. */
  caughtUp(): void {
    this.#since = undefined;
    this.#overtaken++;
    this.synced = this.#files.sizes;
  }

  /** What was committed is to be synced; `since`: when its first row was received. */
  later(since: number): void {
    this.#since ??= since;
    this.#syncing ??= this.#sync().finally(() => this.#syncing = undefined);
  }

  /** Resolves when nothing waits any more. */
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
