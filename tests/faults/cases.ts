/** Every case of the fault matrix, in order. */

import type { FaultCase } from "./case.ts";
import { killInBacklog, killQos1, killQos2 } from "./cases/01_kill.ts";
import { largeBacklog } from "./cases/01_large_backlog.ts";
import { qos0 } from "./cases/03_qos0.ts";
import { between } from "./cases/04_between.ts";
import { truncation } from "./cases/05_truncation.ts";
import { fileLimit, fullDisk } from "./cases/06_full.ts";
import { diskErrors } from "./cases/07_eio.ts";
import { filesChanged } from "./cases/08_files_changed.ts";
import { brokerRestarts } from "./cases/09_broker_restart.ts";
import { subscriptions } from "./cases/11_subscriptions.ts";
import { halfOpen } from "./cases/12_half_open.ts";
import { lingering } from "./cases/12_lingering.ts";
import { refusals } from "./cases/13_refused.ts";
import { takeover } from "./cases/14_takeover.ts";
import { twoRecorders } from "./cases/15_two_recorders.ts";
import { stall } from "./cases/16_stall.ts";
import { overloaded } from "./cases/17_overload.ts";
import { clockJumps } from "./cases/18_clock.ts";
import { manyTopics } from "./cases/19_topics.ts";
import { payloads } from "./cases/20_payloads.ts";
import { fuzzed } from "./cases/21_fuzz.ts";
import { invalidMessages } from "./cases/22_invalid.ts";
import { malformed } from "./cases/22_malformed.ts";
import { byteStream } from "./cases/22_mutated.ts";
import { hostileTopics } from "./cases/23_hostile_topics.ts";
import { outputs } from "./cases/24_outputs.ts";
import { signals } from "./cases/25_signals.ts";
import { slowNetwork } from "./cases/25_slow_network.ts";
import { streams } from "./cases/26_streams.ts";
import { soak } from "./cases/27_soak.ts";
import { share } from "./cases/29_share.ts";
import { asInstalled } from "./cases/30_as_installed.ts";
import { embedded } from "./cases/31_embedded.ts";
import { powerCuts } from "./cases/32_power_cut.ts";
import { rotations } from "./cases/33_rotation.ts";

export const CASES: readonly FaultCase[] = [
  killQos1,
  killInBacklog,
  largeBacklog,
  killQos2,
  qos0,
  between,
  truncation,
  fullDisk,
  fileLimit,
  diskErrors,
  filesChanged,
  ...brokerRestarts,
  subscriptions,
  halfOpen,
  lingering,
  refusals,
  takeover,
  twoRecorders,
  stall,
  overloaded,
  clockJumps,
  manyTopics,
  payloads,
  fuzzed,
  byteStream,
  malformed,
  invalidMessages,
  hostileTopics,
  outputs,
  ...signals,
  slowNetwork,
  streams,
  soak,
  share,
  ...asInstalled,
  embedded,
  ...powerCuts,
  ...rotations,
];
