/** Adds up the gaps of a run for its summary. */

import type { Gap, Risk } from "../message/gap.ts";

const RISKS: readonly Risk[] = ["no", "qos0", "yes"];

export interface RunTotals {
  readonly count: number;
  readonly ms: number;
  readonly worst: Risk;
  readonly path: string;
  /** Invalid messages left out; their rows are not counted above. */
  readonly leftOut: number;
  /** Why rows of the gap log are missing, if any are. */
  readonly unwritten: unknown;
}

export class RunTotalsCounter {
  count = 0;
  ms = 0;
  worst: Risk = "no";

  add({ ms, atRisk }: Pick<Gap, "ms" | "atRisk">): void {
    this.count++;
    this.ms += ms;
    if (RISKS.indexOf(atRisk) > RISKS.indexOf(this.worst)) this.worst = atRisk;
  }
}
