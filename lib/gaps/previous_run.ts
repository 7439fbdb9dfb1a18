/** What was missed since a run that was killed, or left its session behind. */

import type { Gap, Risk, SessionFate } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";

/** What is known when the next run has its first connection. */
export interface Resumption {
  /** What became of the session. */
  readonly session: SessionFate;
  /** The session of that run is another recorder's: it was not even asked for. */
  readonly forsaken?: boolean;
  /** What was at stake. */
  readonly atRisk: Risk;
  /** Now, ms since the epoch. */
  readonly to: number;
}

/** The filters that were refused when it ended, each a gap until now. */
export function refusedSince({ refused }: RunState, { session, to }: Resumption): Gap[] {
  return refused.map(({ topic, cause, since }) => {
    const from = Math.min(since, to);
    return { from, to, ms: to - from, cause, detail: topic, session, atRisk: "yes" };
  });
}

/** The time that nobody recorded in; undefined when the session has kept everything. */
export function unrecorded(
  previousRun: RunState,
  { session, atRisk, to, forsaken = false }: Resumption,
): Gap | undefined {
  const kept = previousRun.sessionKept && session === "resumed";
  if (kept && atRisk === "no") return undefined;
  const from = Math.min(to, previousRun.awaySince ?? previousRun.alive);
  const lost = previousRun.sessionKept || forsaken;
  const cause = kept ? "between runs" : lost ? "session lost" : "unclean end";
  return { from, to, ms: to - from, cause, session, atRisk };
}
