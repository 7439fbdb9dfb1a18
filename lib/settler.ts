/** Syncs what nobody waits for, rows of QoS 0, behind the back of the ones that follow. */

import type { Recording } from "./recording.ts";

/** Bytes of each file by extension: up to there the files hold the same rows. */
export type Sizes = Readonly<Record<string, number>>;

/** A sync failed: rows received from `since` on (ms since the epoch) may not be on the disk. */
export type Unsynced = {
  readonly type: "unsynced";
  readonly cause: unknown;
  readonly since: number;
};

/**
 * To wait for the disk would hold the broker back, which then drops what it has of QoS 0. So the
 * disk is never waited for and never left alone: one sync begins when the last one ends, as long as
 * there is more to be synced. A power cut takes what was written during the last two.
 */
export class Settler {
  readonly #recordings: readonly Recording[];
  readonly #tell: (event: Unsynced) => void;
  /** When the first row that is not being synced was received. */
  #since: number | undefined;
  /** The same for what is. */
  #under: number | undefined;
  #settling: Promise<void> | undefined;
  /** Counts what was synced in another way meanwhile. */
  #overtaken = 0;

  /** What is on the disk. */
  synced: Sizes;
  /** What went wrong last. */
  cause: unknown;

  constructor(recordings: readonly Recording[], tell: (event: Unsynced) => void) {
    this.#recordings = recordings;
    this.#tell = tell;
    this.synced = this.#sizes();
  }

  /** When the first row that may not be on the disk was received, ms since the epoch. */
  get since(): number | undefined {
    return this.#under ?? this.#since;
  }

  /** Everything committed is on the disk: the recordings themselves were synced. */
  caughtUp(): void {
    this.#since = undefined;
    this.#overtaken++;
    this.synced = this.#sizes();
  }

  /** What was committed is to be synced; `since`: when its first row was received. */
  later(since: number): void {
    this.#since ??= since;
    this.#settling ??= this.#settle().finally(() => this.#settling = undefined);
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#settling;
  }

  async #settle(): Promise<void> {
    while (this.#since !== undefined) {
      const since = this.#under = this.#since;
      const sizes = this.#sizes(), overtaken = this.#overtaken;
      this.#since = undefined;
      const results = await Promise.allSettled(this.#recordings.map((each) => each.settle()));
      const failed = results.find((result) => result.status === "rejected");
      this.#under = undefined;
      if (failed !== undefined) {
        this.cause = failed.reason;
        this.#tell({ type: "unsynced", cause: failed.reason, since });
      } else if (overtaken === this.#overtaken) this.synced = sizes;
    }
  }

  #sizes(): Sizes {
    return Object.fromEntries(
      this.#recordings.map(({ format, committed }) => [format.extension, committed]),
    );
  }
}
