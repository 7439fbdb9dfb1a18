/** Options of a recorder. */

import type { Batch } from "../message/batch.ts";
import type { FormatName } from "../formats/mod.ts";
import type { Clock } from "../system/clock.ts";
import type { PreviousEnd } from "./reconcile_files.ts";

export interface RecorderOptions {
  /** Base path of the files, without extension; the caller holds its lock. */
  readonly output: string;
  readonly formats: readonly FormatName[];
  /** Rows hold properties. @default {false} */
  readonly properties?: boolean;
  /**
   * Sizes of the files in the run before, by extension, at a moment when they held the same rows.
   * @default {none is known}
   */
  readonly checkpoints?: Readonly<Record<string, number>> | undefined;
  /** How that run ended. @default {"killed" where checkpoints are given, else "ended"} */
  readonly previousEnd?: PreviousEnd;
  /**
   * Rows behind those sizes may hold raw NULs, as version 0.1.0 wrote them; otherwise a NUL is a
   * page that a power cut has left empty.
   *
   * @default {true}
   */
  readonly rawNuls?: boolean | undefined;
  readonly clock: Clock;
  /** Ends the recording at the first failed commit instead of retrying. @default {false} */
  readonly exitOnError?: boolean;
  /**
   * Called before each commit. A final error ends the recording and leaves the files untouched.
   */
  readonly guard?: () => Promise<void>;
  /**
   * Called with each batch that is in every file, before it is acknowledged. It must not throw, nor
   * keep the batch.
   */
  readonly onRecorded?: (batch: Batch) => void;
  /** Ends the retries of a commit that fails. */
  readonly signal?: AbortSignal;
}
