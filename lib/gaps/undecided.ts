/** Gaps that wait for the broker's count, and which of them it explains. No I/O. */

import type { DropReading } from "../message/drop_count.ts";
import type { Gap, Risk } from "../message/gap.ts";

/** Backlogs with less time than this between them and a gap belong to it. */
const ADJOIN_MS = 1_000;

/** A gap whose risk is not known yet. */
export type UnratedGap = Omit<Gap, "atRisk">;

/** What a gap itself shows about dropped messages. */
export type Evidence =
  /** The connection or this process was away: messages may have been dropped. */
  | "away"
  /** More messages waited than the broker keeps. */
  | "backlog"
  /** It cannot be excluded that more waited. */
  | "possible";

/** A gap, and the risk to log for each possible count. */
export interface Undecided {
  readonly gap: UnratedGap;
  readonly evidence: Evidence;
  /** Risk without a usable count; undefined: no row. */
  readonly unproven: Risk | undefined;
  /** Risk if the broker dropped nothing; undefined: no row. */
  readonly proven: Risk | undefined;
  /** The same where this recording holds QoS 0 messages by then. @default {proven} */
  readonly provenBesideQos0?: Risk | undefined;
  /** End of the gap, on the monotonic clock. */
  readonly until: number;
  /** Earliest time at which messages may have been dropped, ms since the epoch. */
  readonly possibleSince?: number | undefined;
  /** The broker's count before the gap. @default {the last reading before its start} */
  readonly before?: DropReading | undefined;
}

/** A gap that a count has decided. */
export interface CountedGap {
  readonly gap: UnratedGap;
  /** Messages that the broker dropped; undefined: unknown. */
  readonly dropped: number | undefined;
}

/** The same, with what it waited with. */
export type Counted = Undecided & CountedGap;

/** Whether the gap itself shows that messages may have been dropped. */
export function isKnown({ evidence }: Undecided): boolean {
  return evidence !== "possible";
}

/** @param dropped Messages that the row holds; 0: another one does. */
export function queued({ gap, possibleSince }: Undecided, dropped: number): UnratedGap {
  const from = Math.min(gap.from, possibleSince ?? Infinity);
  const detail = dropped > 0 ? `${dropped} dropped, all clients` : undefined;
  return { ...gap, from, ms: gap.ms + gap.from - from, cause: "broker queue", detail };
}

/** Whether two gaps overlap or nearly adjoin, on the monotonic clock. */
function meets(a: Undecided, b: Undecided): boolean {
  const from = Math.max(a.until - a.gap.ms, b.until - b.gap.ms);
  return from - Math.min(a.until, b.until) < ADJOIN_MS;
}

/** Whether a backlog belongs to a gap, which it overlaps or nearly adjoins. */
export function belongs(backlog: Undecided, gap: Undecided): boolean {
  return isKnown(gap) && meets(gap, backlog);
}

/** The gap, extended to include another one. */
export function extended(gap: Undecided, other: Undecided): Undecided {
  const { from, to, ms } = gap.gap;
  const later = Math.max(0, other.until - gap.until);
  const earlier = Math.max(0, gap.until - ms - (other.until - other.gap.ms));
  const longer = { from: from - earlier, to: to + later, ms: ms + earlier + later };
  return { ...gap, gap: { ...gap.gap, ...longer }, until: gap.until + later };
}

/**
 * Joins possible backlogs with dropped messages that overlap or nearly adjoin: they are one row. One
 * that lies within a known gap with dropped messages adds nothing.
 */
export function joined(gaps: readonly Counted[]): readonly Counted[] {
  const isUnsure = (gap: Counted) => !isKnown(gap) && gap.dropped! > 0;
  const known = gaps.filter((gap) => !isUnsure(gap));
  const rows: Counted[] = [];
  for (const gap of gaps.filter(isUnsure).toSorted((a, b) => a.until - b.until)) {
    const last = rows.at(-1);
    if (last && meets(last, gap)) rows[rows.length - 1] = { ...last, ...extended(last, gap) };
    else rows.push(gap);
  }
  const isNew = (row: Counted) => !known.some((gap) => gap.dropped && includes(gap, row));
  return [...known, ...rows.filter(isNew)].toSorted((a, b) => a.gap.from - b.gap.from);
}

/** The gap that dropped messages are likeliest from: a known one, or the longest. */
export function likeliest(gaps: readonly Counted[]): Counted | undefined {
  const dropping = gaps.filter(({ dropped }) => dropped);
  const known = dropping.filter(isKnown);
  const candidates = known.length > 0 ? known : dropping;
  return candidates.toSorted((a, b) => b.gap.ms - a.gap.ms)[0];
}

function includes(gap: Undecided, other: Undecided): boolean {
  return other.until <= gap.until && other.until - other.gap.ms >= gap.until - gap.gap.ms;
}
