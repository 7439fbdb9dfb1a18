/** Options of a recorder. */

import type { FormatName } from "../formats/mod.ts";
import type { Clock } from "../system/clock.ts";

export interface RecorderOptions {
  /** Base path of the files, without extension; the caller holds its lock. */
  readonly output: string;
  readonly formats: readonly FormatName[];
  /** Rows hold properties. @default {false} */
  readonly properties?: boolean;
  /**
   * Sizes by extension when the files of a killed run held the same rows.
   * @default {none: the files are not reconciled}
   */
  readonly checkpoints?: Readonly<Record<string, number>> | undefined;
  readonly clock: Clock;
  /** Ends the recording at the first failed commit instead of retrying. @default {false} */
  readonly exitOnError?: boolean;
  /**
   * Called before each commit. A final error ends the recording and leaves the files untouched.
   */
  readonly guard?: () => Promise<void>;
  /** Ends the retries of a commit that fails. */
  readonly signal?: AbortSignal;
}
