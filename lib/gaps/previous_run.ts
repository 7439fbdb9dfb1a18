/** The gaps since a previous run that was killed or kept its session. */

import type { Gap, Risk, SessionFate } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";
import type { GapWriter } from "./gap_writer.ts";
import { leftOutBefore } from "./invalid_rows.ts";
import type { UnratedGap } from "./undecided.ts";

/** Minimum assumed for a time that the clock does not show. */
const MIN_MS = 30_000;

/** The facts at the first connection of the next run. */
export interface Resumption {
  /** Fate of the session. */
  readonly session: SessionFate;
  /**
   * Whether the recording was copied, so that the session is another recorder's. @default {false}
   */
  readonly copied?: boolean;
  /** Now, ms since the epoch. */
  readonly to: number;
}

/**
 * Logs the gaps of a previous run that was killed or kept its session.
 *
 * @returns The time between the two runs, and its risk if that is known already.
 */
export function logPreviousRun(
  previousRun: RunState,
  resumption: Resumption,
  gaps: Pick<GapWriter, "write" | "away">,
): { readonly gap: UnratedGap; readonly atRisk: Risk | undefined } {
  for (const gap of unwritten(previousRun, resumption)) gaps.write(gap);
  const gap = unrecorded(previousRun, resumption);
  const { possibleSince, drops, carried, qos0, filtersQos0 } = previousRun;
  if (filtersQos0) {
    // The session belongs to the filters of that run, whatever this one subscribes with.
    gaps.write({ ...gap, atRisk: "yes" });
    return { gap, atRisk: "yes" };
  }
  // A count alone may be another broker's: only two with the same uptime are of one.
  const more = drops
    ? { possibleSince, before: { ...drops, monotonic: undefined } }
    : { possibleSince, proven: "yes", provenBesideQos0: "yes" } as const;
  return { gap, atRisk: gaps.away(gap, qos0 || carried === false, more) };
}

/** The gaps of the previous run that its gap log does not hold yet. */
function unwritten(previousRun: RunState, resumption: Resumption): Gap[] {
  return [
    ...previousRun.open,
    ...refusedSince(previousRun, resumption),
    ...leftOutBefore(previousRun, resumption.to),
  ];
}

/** The filters that were refused when the previous run ended, each a gap until now. */
function refusedSince({ refused }: RunState, { session, to }: Resumption): Gap[] {
  return refused.map(({ topic, cause, since }) => {
    return { ...span(since, to), cause, detail: topic, session, atRisk: "yes" };
  });
}

/** The time between the two runs. */
function unrecorded(
  previousRun: RunState,
  { session, to, copied = false }: Resumption,
): Omit<Gap, "atRisk"> {
  const kept = previousRun.sessionKept && session === "resumed";
  const lost = previousRun.sessionKept || copied;
  const cause = kept ? "between runs" : lost ? "session lost" : "unclean end";
  return { ...span(previousRun.awaySince ?? previousRun.alive, to), cause, session };
}

/** If the clock was set back, the span is at least as long as the clock shows. */
function span(since: number, to: number): Pick<Gap, "from" | "to" | "ms"> {
  const ms = to >= since ? to - since : Math.max(since - to, MIN_MS);
  return { from: to - ms, to, ms };
}
