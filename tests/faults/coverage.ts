/** Whether a gap log is true: what is lost lies in its rows, and they are not much longer. */

import { admits, type Gap } from "./gaps.ts";
import type { MessageRef } from "./oracle.ts";

/** A publisher's clock is read before a message leaves, and after its acknowledgement came. */
const SLACK_MS = 300;
/** Rows may last twice as long as what they are about, and so much longer. */
const MORE_MS = 2_000;

/** Times in ms. */
export interface Coverage {
  /** Lost messages that lie in no row which admits it. */
  readonly uncovered: number;
  /** How long rows are that something is at risk in, counted once where they overlap. */
  readonly atRiskMs: number;
  /** From the first message that is lost to the last. */
  readonly lossMs: number;
}

/** When a message was lost at the latest: sent to the broker, or acknowledged by it. */
function lostAt({ from, id }: MessageRef): number {
  return from.qos === 0 ? from.sent[id]! : from.acked[id]!;
}

/** Compares what is lost with the rows of the log. */
export function cover(lost: readonly MessageRef[], gaps: readonly Gap[]): Coverage {
  const times = lost.map(lostAt);
  const uncovered = lost.filter((each, i) =>
    !gaps.some((gap) => admits(gap, times[i]!, each.from.qos, SLACK_MS))
  );
  let atRiskMs = 0, end = -Infinity;
  const risky = gaps.filter(({ atRisk }) => atRisk !== "no").sort((a, b) => a.from - b.from);
  for (const { from, to } of risky) {
    atRiskMs += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  const lossMs = times.length === 0
    ? 0
    : times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b));
  return { uncovered: uncovered.length, atRiskMs, lossMs };
}

/**
 * What is untrue about it, a sentence each.
 *
 * @param faultMs How long messages may have been missed, where the case knows it.
 * @param proven Whether the broker's count has come: where nothing is lost, nothing is at risk then.
 */
export function untrue(
  { uncovered, atRiskMs, lossMs }: Coverage,
  faultMs: number,
  proven: boolean,
): string[] {
  const most = 2 * Math.max(faultMs, lossMs) + MORE_MS;
  return [
    ...(uncovered > 0 ? [`${uncovered} lost messages lie in no row that admits it`] : []),
    ...(atRiskMs > most
      ? [`rows at risk last ${Math.round(atRiskMs)} ms, which is more than ${Math.round(most)}`]
      : []),
    ...(proven && lossMs === 0 && uncovered === 0 && atRiskMs > 0
      ? ["something is at risk though nothing is lost, and the broker has told so"]
      : []),
  ];
}
