/** Ends a recording for `--idle`: when no message has come for so long. */

import type { Clock } from "../system/clock.ts";
import type { Stop } from "../system/stop.ts";
import type { ReportSources } from "./recording_status.ts";

/** Looks this often within the time, but not more often than that. */
const LOOKS = 20, SHORTEST_MS = 20, LONGEST_MS = 1_000;

/**
 * Requests the end when nothing has come for `idleMs`: from now on, or from the last message on. A
 * lost connection counts as silence; a disk that holds messages up does not.
 */
export async function endWhenIdle(
  idleMs: number | undefined,
  { broker: { receiveQueue }, recorder }: Pick<ReportSources, "broker" | "recorder">,
  stop: Pick<Stop, "signal" | "request">,
  clock: Clock,
): Promise<void> {
  if (idleMs === undefined) return;
  const stepMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, idleMs / LOOKS));
  let since = clock.monotonic(), seen = NaN;
  for (;;) {
    const { lastTime } = receiveQueue, now = clock.monotonic();
    if (lastTime !== seen || recorder.busy) since = now;
    seen = lastTime;
    if (now - since >= idleMs) return stop.request();
    await clock.sleep(Math.min(stepMs, since + idleMs - now), stop.signal);
    if (stop.signal.aborted) return;
  }
}
