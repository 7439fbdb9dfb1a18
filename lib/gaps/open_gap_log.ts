/** Opens the gap log at the start, and reports damage that it finds. */

import type { GapEvent } from "./gap_events.ts";
import { whenFree } from "../files/when_free.ts";
import { GapLog } from "./gap_log.ts";
import { readGapLogTotals } from "./gap_log_totals.ts";

/**
 * Opens the gap log of a recording.
 *
 * @param output Base path of the recording.
 * @throws {RecordingError} The existing gap log cannot be continued.
 */
export async function openGapLog(
  output: string,
  onEvent: (event: GapEvent) => void = () => {},
): Promise<GapLog> {
  const gapLog = await whenFree(() => GapLog.open(output));
  const { torn } = gapLog;
  gapLog.onFailed = (cause) => onEvent({ type: "gapLogFailed", path: gapLog.path, cause });
  gapLog.onReplaced = (begun) => onEvent({ type: "logReplaced", path: gapLog.path, begun });
  if (torn) onEvent({ type: "torn", torn });
  const { path, alien } = await readGapLogTotals(output) ?? {};
  if (path !== undefined && alien) onEvent({ type: "alien", path, ...alien });
  return gapLog;
}
