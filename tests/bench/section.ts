/** Types of a section of the benchmark. */

import type { Table } from "./table.ts";

/** Options of a run. */
export interface Setting {
  /** Only checks that it works. */
  readonly quick: boolean;
  /** Rounds. */
  readonly runs: number;
  /** Messages of the recordings that are exported. @default {10 million, a few with --quick} */
  readonly rows?: number | undefined;
  /** A folder on the measured disk for recordings; emptied as soon as possible. */
  readonly folder: string;
  /** A folder in memory if there is one, to compare programs instead of disks. */
  readonly memory: string;
  /** Another checkout of mqttrec, to compare with. */
  readonly before?: string | undefined;
  /** Reports progress. */
  readonly say: (text: string) => void;
}

/** The results as plain data. */
export interface Result extends Table {
  /** Sentences about the method and other findings. */
  readonly facts: readonly string[];
  /** Every figure behind the table, if the table does not show all. */
  readonly details?: Table;
  /** Requirements that were not met. */
  readonly notMet: readonly string[];
}

export interface Section {
  readonly name: string;
  readonly run: (setting: Setting) => Promise<Result>;
}
