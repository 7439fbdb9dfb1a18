/** The interface of a fault case, and its report. */

/** The context of a case. */
export interface Context {
  /** Runs for a few seconds instead of the full number of faults. */
  readonly quick: boolean;
  /** Seed of all random choices; printed, so that a run can be repeated. */
  readonly seed: number;
  /** Trials of a case where chance plays a part. @default {the case's own number} */
  readonly rounds?: number | undefined;
  /** An empty folder for the case, removed afterwards. */
  readonly folder: string;
  /** Prints progress to standard error. */
  readonly say: (text: string) => void;
}

/** Figures of the oracle; `undefined` if a figure has no meaning for the case. */
export interface Figures {
  /** Faults that were really injected: kills, restarts, stalls, mutations, …. */
  readonly faults: number;
  /** Messages that the broker acknowledged to the publisher (or that were sent). */
  readonly published: number;
  /** Acknowledged and in neither file: |P∖R|. */
  readonly lost: number;
  /** Rows beyond the first of one message. */
  readonly duplicates: number;
  /** Rows that no reader could read, or that were never published. */
  readonly torn: number;
  /** Rows in one file only, or different in both. */
  readonly csvNotJson: number;
  /** Messages of a topic in another order than they were published in. */
  readonly inversions: number;
  /** Largest resident memory of the recorder, in MB. */
  readonly maxRssMb?: number | undefined;
  /** From the end of the (worst) fault to the first row after it, in ms. */
  readonly recoveryMs?: number | undefined;
  /** Further figures for the table: the time lost at QoS 0, the rate under load, …. */
  readonly note?: string | undefined;
  /** Broken promises, a sentence each. Empty: the case passed. */
  readonly broken: readonly string[];
}

/** Figures of a fault without messages: a refused start. */
export const NOTHING_SENT = {
  published: 0,
  lost: 0,
  duplicates: 0,
  torn: 0,
  csvNotJson: 0,
  inversions: 0,
} as const;

/** Requirements that not every machine meets. */
export type Need = "mosquitto" | "root" | "linux" | "python3" | "loop device";

/** One row of the fault matrix. */
export interface FaultCase {
  /** Number in the fault matrix. */
  readonly number: number;
  readonly name: string;
  readonly needs: readonly Need[];
  /** Whether `--quick`, the set of CI, includes it. */
  readonly inQuick: boolean;
  /** Mounts devices of its own, so that it runs with `--root` only. @default {false} */
  readonly onlyWithRoot?: boolean;
  /** Injects the faults and judges the files. Rejects only if the case itself could not run. */
  run(context: Context): Promise<Figures>;
}
