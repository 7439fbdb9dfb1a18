/** Every case of the fault matrix, in its order. */

import type { FaultCase } from "./case.ts";
import { killQos1, killQos2 } from "./cases/01_kill.ts";
import { qos0 } from "./cases/03_qos0.ts";
import { between } from "./cases/04_between.ts";
import { fileLimit, fullDisk } from "./cases/06_full.ts";
import { diskErrors } from "./cases/07_eio.ts";

export const CASES: readonly FaultCase[] = [
  killQos1,
  killQos2,
  qos0,
  between,
  fullDisk,
  fileLimit,
  diskErrors,
];
