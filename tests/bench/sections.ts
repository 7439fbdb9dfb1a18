/** The sections of the benchmark, in their order. */

import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import type { Section } from "./section.ts";
import { startup } from "./startup.ts";
import { throughput } from "./throughput.ts";

export const SECTIONS: readonly Section[] = [throughput, memory, latency, startup];
