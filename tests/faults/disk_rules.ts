/** The rules for a recorder's disk, which `disk.ts` follows in its process. */

/** Environment variable that holds the path of the control file. */
export const CONTROL = "MQTTREC_FAULTS";

/** A file of the recording, by its extension. */
export type Which = "csv" | "json" | "ndjson" | "gaps" | "files" | "torn" | "lock";
export type Operation = "open" | "write" | "sync" | "truncate" | "rename";

/** An effect on an operation. */
export interface Rule {
  /** Its name in the log. */
  readonly name: string;
  readonly on: Operation;
  readonly file: Which | "any";
  /**
   * The system's error: `EIO`, `EACCES`, …. `ENOSPC` on a write accepts half of the bytes first, as
   * a full disk does; a failed sync discards the bytes written since the last good one, as a
   * system may that has marked those pages clean.
   */
  readonly error?: "EIO" | "EACCES" | "ENOSPC" | "EDQUOT" | "EROFS" | "EBUSY";
  /** Delay before it, in ms. */
  readonly stallMs?: number;
  /** Kills its own process: before the operation, in the middle of it (write), or after it. */
  readonly kill?: "before" | "amid" | "after";
  /** First waits until the other file has written (or synced) the current commit. */
  readonly waitFor?: { readonly on: "write" | "sync"; readonly file: Which };
  /** Applies to the n-th match only, counted from 1. @default {every match} */
  readonly at?: number;
  /** Number of times that it applies. @default {Infinity} */
  readonly times?: number;
}

/** Content of the control file. */
export interface Control {
  /** Matches are counted from 0 when this changes. */
  readonly generation: number;
  readonly rules: readonly Rule[];
  /** Added to `Date.now()`, in ms. @default {0} */
  readonly clockOffsetMs?: number;
}

/** A rule that was applied. */
export interface Strike {
  readonly rule: string;
  /** In ms since the epoch. */
  readonly time: number;
  readonly pid: number;
}

/** The test's side: writes the control file, reads the log beside it. */
export class Disk {
  #generation = 0;

  constructor(readonly control: string) {}

  /** Replaces all rules, from the next operation on. */
  async set(rules: readonly Rule[], clockOffsetMs = 0): Promise<void> {
    const control: Control = { generation: ++this.#generation, rules, clockOffsetMs };
    const text = JSON.stringify(control);
    await Deno.writeTextFile(`${this.control}.new`, text);
    await Deno.rename(`${this.control}.new`, this.control);
  }

  /** Removes all rules: the disk works again. */
  async heal(): Promise<void> {
    await this.set([]);
  }

  /** The rules applied so far. */
  async strikes(): Promise<Strike[]> {
    const text = await Deno.readTextFile(`${this.control}.log`).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}
