/** What every fault case is and what it reports. */

/** What a case is given. */
export interface Context {
  /** A few seconds' worth instead of the full number of faults. */
  readonly quick: boolean;
  /** Seed of everything left to chance; printed, so that a run can be had again. */
  readonly seed: number;
  /** An empty folder of the case's own, removed afterwards. */
  readonly folder: string;
  /** Says what is under way, on standard error. */
  readonly say: (text: string) => void;
}

/** What the oracle found; `undefined` where a figure has no meaning for the case. */
export interface Figures {
  /** Kills, restarts, stalls, mutations, … that were really made. */
  readonly faults: number;
  /** Messages the broker acknowledged to the publisher (or that were handed in). */
  readonly published: number;
  /** Acknowledged and in neither file: |P∖R|. */
  readonly lost: number;
  /** Rows beyond the first of one message. */
  readonly duplicates: number;
  /** Rows that no reader could read, or alien: never published. */
  readonly torn: number;
  /** Rows that stand in one file only, or differ. */
  readonly csvNotJson: number;
  /** Messages of one topic that stand in another order than they were published in. */
  readonly inversions: number;
  /** Largest resident memory of the recorder, in MB. */
  readonly maxRssMb?: number | undefined;
  /** From the end of the (worst) fault to the first row after it, in ms. */
  readonly recoveryMs?: number | undefined;
  /** What else is worth a line in the table: the window lost at QoS 0, the rate under load, …. */
  readonly note?: string | undefined;
  /** Every promise that was broken, a sentence each. Empty: the case passed. */
  readonly broken: readonly string[];
}

/** Of a fault in whose course nothing is sent: a start that is refused. */
export const NOTHING_SENT = {
  published: 0,
  lost: 0,
  duplicates: 0,
  torn: 0,
  csvNotJson: 0,
  inversions: 0,
} as const;

/** What a case may need that not every machine has. */
export type Need = "mosquitto" | "root" | "linux" | "python3";

/** One row of the fault matrix. */
export interface FaultCase {
  /** Number in the fault matrix. */
  readonly number: number;
  readonly name: string;
  readonly needs: readonly Need[];
  /** Whether `--quick` (what CI runs) includes it. */
  readonly inQuick: boolean;
  /** Injects the faults and asks the oracle. Rejects only when the case itself could not be run. */
  run(context: Context): Promise<Figures>;
}
