/** Ticks for the watch over backlogs. */

import type { Clock } from "../system/clock.ts";
import { TICK_MS } from "./backlog.ts";
import type { BacklogWatch } from "./backlog_watch.ts";

/** Calls `tick()` every `TICK_MS` until the signal; one timer, as two may fire without a read between. */
export async function tickBacklog(
  backlog: Pick<BacklogWatch, "tick">,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(TICK_MS, signal);
    if (!signal.aborted) backlog.tick(clock.monotonic());
  }
}
