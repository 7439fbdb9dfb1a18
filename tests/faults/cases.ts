/** Every case of the fault matrix, in its order. */

import type { FaultCase } from "./case.ts";
import { killQos1, killQos2 } from "./cases/01_kill.ts";

export const CASES: readonly FaultCase[] = [
  killQos1,
  killQos2,
];
