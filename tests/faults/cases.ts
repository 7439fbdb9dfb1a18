/** Every case of the fault matrix, in its order. */

import type { FaultCase } from "./case.ts";
import { killQos1, killQos2 } from "./cases/01_kill.ts";
import { qos0 } from "./cases/03_qos0.ts";
import { between } from "./cases/04_between.ts";
import { fileLimit, fullDisk } from "./cases/06_full.ts";
import { diskErrors } from "./cases/07_eio.ts";
import { underneath } from "./cases/08_underneath.ts";
import { brokerRestarts } from "./cases/09_broker_restart.ts";
import { halfOpen } from "./cases/12_half_open.ts";
import { refusals } from "./cases/13_refused.ts";
import { takeover } from "./cases/14_takeover.ts";
import { twoRecorders } from "./cases/15_two_recorders.ts";
import { stall } from "./cases/16_stall.ts";
import { signals } from "./cases/25_signals.ts";
import { streams } from "./cases/26_streams.ts";
import { soak } from "./cases/27_soak.ts";

export const CASES: readonly FaultCase[] = [
  killQos1,
  killQos2,
  qos0,
  between,
  fullDisk,
  fileLimit,
  diskErrors,
  underneath,
  ...brokerRestarts,
  halfOpen,
  refusals,
  takeover,
  twoRecorders,
  stall,
  ...signals,
  streams,
  soak,
];
