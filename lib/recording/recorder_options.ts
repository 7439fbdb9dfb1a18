/** What a recorder is told: which files, and what to do when they cannot be written. */

import type { FormatName } from "../formats/mod.ts";
import type { Clock } from "../system/clock.ts";

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
  readonly checkpoints?: Readonly<Record<string, number>> | undefined;
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
