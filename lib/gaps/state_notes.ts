/** Notes the state of the run in the lock file: at once when it changes, else every 30 s. */

import type { OutputLock } from "../files/lock.ts";
import type { RunState } from "../files/run_state.ts";
import type { Clock } from "../system/clock.ts";
import type { WatchedRecorder } from "./gap_events.ts";
import type { GapLog } from "./gap_log.ts";

/** Interval of notes while nothing changes: an idle recorder should let the disk sleep. */
const NOTE_MS = 30_000;

export class StateNotes {
  readonly #lock: Pick<OutputLock, "ensure" | "note">;
  readonly #clock: Pick<Clock, "monotonic">;
  #text = "";
  #at = -Infinity;

  constructor(
    { lock, clock }: {
      readonly lock: Pick<OutputLock, "ensure" | "note">;
      readonly clock: Pick<Clock, "monotonic">;
    },
  ) {
    this.#lock = lock;
    this.#clock = clock;
  }

  /** Writes the state if anything but its times has changed, or the last note is old. */
  async note(state: Partial<RunState>): Promise<void> {
    await this.#lock.ensure().catch(() => {}); // Reported at the next commit, which it ends.
    const { alive: _, drops: __, ...others } = state;
    const text = JSON.stringify(others);
    const now = this.#clock.monotonic();
    if (text === this.#text && now - this.#at < NOTE_MS) return;
    this.#text = text;
    this.#at = now;
    await this.#lock.note(state);
  }

  /**
   * Notes the state, flushes the gap log and looks at its file, and notes that its rows are written:
   * a kill must not leave to the next start what is a row now.
   */
  async noteAndFlush(
    state: () => Partial<RunState>,
    gapLog: Pick<GapLog, "unwritten" | "flushAndLook">,
  ): Promise<void> {
    const isPending = gapLog.unwritten.length > 0;
    await this.note(state());
    await gapLog.flushAndLook();
    if (isPending) await this.note(state());
  }
}

/** What is noted of the files; no list where none lacks rows. */
export function filesOf(
  { committed, diverged }: Pick<WatchedRecorder, "committed" | "diverged">,
): Pick<RunState, "committed" | "uneven"> {
  return { committed, uneven: diverged.length > 0 ? diverged : undefined };
}
