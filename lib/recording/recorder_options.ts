/** Options of a recorder. */

import type { RotationLimits } from "../config/rotation_limits.ts";
import type { RunState } from "../files/run_state.ts";
import type { Batch } from "../message/batch.ts";
import type { FormatName } from "../formats/mod.ts";
import type { Clock } from "../system/clock.ts";
import type { PreviousEnd } from "./reconcile_files.ts";

/** When files are finished, and what is written down about it. */
export interface RotationOptions {
  readonly limits: RotationLimits;
  /** The last number that was given to finished files; 0: none was. */
  readonly lastNumber: number;
  /**
   * Notes the state of a switch so that it outlives a power cut.
   *
   * @throws It cannot be written.
   */
  note(change: Partial<Pick<RunState, "switch" | "finished" | "committed">>): Promise<void>;
  /** Called when files are finished, and new ones are begun. */
  onFinished(finished: Finished): void;
}

/** Files that are finished: each whole, on disk, and never written again. */
export interface Finished {
  readonly number: number;
  /** Their path without extension. */
  readonly base: string;
  readonly formats: readonly FormatName[];
  /** They are compressed already. @default {false} */
  readonly compressed?: boolean;
  /** Receive times of their first and last row; undefined: to be read from them. */
  readonly begin?: number | undefined;
  readonly end?: number | undefined;
  readonly rows?: number | undefined;
}

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
  /** Extensions of files that lacked rows of the others at its end. @default {none did} */
  readonly diverged?: readonly string[] | undefined;
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
  /** Finishes the files by time, size or rows, and goes on in new ones. @default {never} */
  readonly rotation?: RotationOptions | undefined;
  /**
   * Called with each batch that is in every file, before it is acknowledged. It must not throw, nor
   * keep the batch.
   */
  readonly onRecorded?: (batch: Batch) => void;
  /** Ends the retries of a commit that fails. */
  readonly signal?: AbortSignal;
}
