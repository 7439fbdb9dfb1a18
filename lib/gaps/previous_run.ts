/** What was missed since a run that was killed, or left its session behind. */

import type { Gap, SessionFate } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";
import { leftOutBefore } from "./invalid_rows.ts";

/** The least that is assumed of a time that the clock does not tell. */
const MIN_MS = 30_000;

/** What is known when the next run has its first connection. */
export interface Resumption {
  /** What became of the session. */
  readonly session: SessionFate;
  /** The session of that run is another recorder's: it was not asked for. @default {false} */
  readonly forsaken?: boolean;
  /** Now, ms since the epoch. */
  readonly to: number;
}

/** The gaps of the previous run that its gap log does not hold yet. */
export function unwritten(previousRun: RunState, resumption: Resumption): Gap[] {
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

/** The time that nobody recorded in. */
export function unrecorded(
  previousRun: RunState,
  { session, to, forsaken = false }: Resumption,
): Omit<Gap, "atRisk"> {
  const kept = previousRun.sessionKept && session === "resumed";
  const lost = previousRun.sessionKept || forsaken;
  const cause = kept ? "between runs" : lost ? "session lost" : "unclean end";
  return { ...span(previousRun.awaySince ?? previousRun.alive, to), cause, session };
}

/** A clock that was set back since then tells no more than by how much at least. */
function span(since: number, to: number): Pick<Gap, "from" | "to" | "ms"> {
  const ms = to >= since ? to - since : Math.max(since - to, MIN_MS);
  return { from: to - ms, to, ms };
}
