/** The sections of the benchmark, in their order. */

import { appending } from "./appending.ts";
import { endToEnd } from "./end_to_end.ts";
import { exporting, exportingKinds } from "./exporting.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { publishing } from "./publishing.ts";
import { rotating, rotatingLatency } from "./rotating.ts";
import type { Section } from "./section.ts";
import { simulating } from "./simulating.ts";
import { startup } from "./startup.ts";
import { throughput } from "./throughput.ts";

export const SECTIONS: readonly Section[] = [
  throughput,
  endToEnd,
  memory,
  latency,
  startup,
  appending,
  simulating,
  publishing,
  exporting,
  exportingKinds,
  rotating,
  rotatingLatency,
];
