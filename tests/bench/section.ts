/** What a section of the benchmark is. */

import type { Table } from "./table.ts";

/** How it is to be run. */
export interface Setting {
  /** Whether it works is all that is asked. */
  readonly quick: boolean;
  /** Rounds. */
  readonly runs: number;
  /** A folder for what is recorded, on the disk that counts; emptied as soon as possible. */
  readonly folder: string;
  /** Another one in memory, where there is such a place: to compare programs, not disks. */
  readonly memory: string;
  /** Tells how far it is. */
  readonly say: (text: string) => void;
}

/** What was measured: plain data. */
export interface Result extends Table {
  /** How it was measured and what else was seen, a sentence each. */
  readonly facts: readonly string[];
  /** Every figure the table is made of, where it does not show all. */
  readonly details?: Table;
  /** What was asked for and is not so. */
  readonly notMet: readonly string[];
}

export interface Section {
  readonly name: string;
  readonly run: (setting: Setting) => Promise<Result>;
}
