/** What is done to the disk of a recorder: the rules that `disk.ts` obeys in its process. */

/** Environment variable that holds the path of the control file. */
export const CONTROL = "MQTTREC_FAULTS";

/** Which file of the recording: by its extension. */
export type Which = "csv" | "json" | "gaps" | "torn" | "lock";
export type Operation = "open" | "write" | "sync" | "truncate";

/** What happens at an operation. */
export interface Rule {
  /** Told in the log when it has struck. */
  readonly name: string;
  readonly on: Operation;
  readonly file: Which | "any";
  /**
   * The system's error: `EIO`, `EACCES`, …. `ENOSPC` on a write takes half of the bytes first, as
   * a full disk does; a failed sync takes away what was written since the last good one, as a
   * system may that has called those pages clean.
   */
  readonly error?: "EIO" | "EACCES" | "ENOSPC" | "EDQUOT" | "EROFS";
  /** Waits so long first, in ms. */
  readonly stallMs?: number;
  /** SIGKILL of its own process: before the operation, in the middle of it (write), or after it. */
  readonly kill?: "before" | "amid" | "after";
  /** Before that, waits until this other file has the commit under way written (or synced). */
  readonly behind?: { readonly on: "write" | "sync"; readonly file: Which };
  /** Strikes at the n-th time only, counted from 1. @default {every time} */
  readonly at?: number;
  /** Strikes so often. @default {Infinity} */
  readonly times?: number;
}

/** What stands in the control file. */
export interface Control {
  /** Rules are counted anew when this changes. */
  readonly generation: number;
  readonly rules: readonly Rule[];
  /** Added to `Date.now()`, in ms. @default {0} */
  readonly clockOffsetMs?: number;
}

/** A rule that struck. */
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

  /** Puts these rules in force, in place of all others; they hold from the next operation on. */
  async set(rules: readonly Rule[], clockOffsetMs = 0): Promise<void> {
    const control: Control = { generation: ++this.#generation, rules, clockOffsetMs };
    const text = JSON.stringify(control);
    await Deno.writeTextFile(`${this.control}.new`, text);
    await Deno.rename(`${this.control}.new`, this.control);
  }

  /** The disk works again. */
  async heal(): Promise<void> {
    await this.set([]);
  }

  /** What has struck so far. */
  async strikes(): Promise<Strike[]> {
    const text = await Deno.readTextFile(`${this.control}.log`).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}
