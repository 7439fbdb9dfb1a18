/** The sections of the benchmark, in their order. */

import type { Section } from "./section.ts";
import { throughput } from "./throughput.ts";

export const SECTIONS: readonly Section[] = [throughput];
