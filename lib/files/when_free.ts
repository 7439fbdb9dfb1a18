/** Waits for files that another program holds for a moment, as Windows lets it. */

import { isHeldOpen } from "../locale/errors.ts";
import { type Clock, systemClock } from "../system/clock.ts";

/** How long antivirus and indexers hold a file, and Windows the locks of a killed program. */
const PATIENCE_MS = 2_000, STEP_MS = 100;

export interface Patience {
  readonly clock?: Pick<Clock, "monotonic" | "sleep">;
  /** Whether files may be held. @default {on Windows} */
  readonly windows?: boolean;
}

/** Opens files; tries again for two seconds while another program has one open. Rethrows. */
export async function whenFree<T>(open: () => Promise<T>, patience: Patience = {}): Promise<T> {
  let result: T | undefined;
  let failure: unknown;
  const done = await again(async () => {
    failure = undefined;
    try {
      result = await open();
      return true;
    } catch (error) {
      if (!isHeld(error)) throw error;
      failure = error;
      return false;
    }
  }, patience);
  if (!done) throw failure;
  return result as T;
}

/** Calls `attempt` until it resolves with true, for two seconds on Windows; the last result. */
export async function again(
  attempt: () => Promise<boolean>,
  { clock = systemClock, windows = Deno.build.os === "windows" }: Patience = {},
): Promise<boolean> {
  const end = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    if (await attempt()) return true;
    if (!windows || clock.monotonic() >= end) return false;
    await clock.sleep(STEP_MS);
  }
}

/** Whether an error or one of its causes says that a file is held. */
function isHeld(error: unknown): boolean {
  for (let depth = 0; error instanceof Error && depth < 8; depth++) {
    if (isHeldOpen(error)) return true;
    error = error.cause;
  }
  return false;
}
