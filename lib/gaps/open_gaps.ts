/** Gaps that are over, and of which the broker's own count has yet to tell what was dropped. */

import { droppedSince, type DropReading } from "../message/drop_count.ts";
import type { Gap, Risk } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";

/** A count that has not come by then is not waited for any more. */
const PATIENCE_MS = 300_000;

/** A gap of which nobody knows yet what is at risk. */
export type UnratedGap = Omit<Gap, "atRisk">;

/** What a gap tells by itself of messages that were dropped. */
export type Evidence =
  /** The connection or this process was away. */
  | "away"
  /** More waited than the broker keeps. */
  | "backlog"
  /** That cannot be excluded. */
  | "possible";

/** A gap, and what becomes of it. */
export interface Undecided {
  readonly gap: UnratedGap;
  readonly evidence: Evidence;
  /** What is at risk where the broker's count does not tell; undefined: then it is no row. */
  readonly unproven: Risk | undefined;
  /** What is at risk where the broker dropped nothing, likewise. */
  readonly proven: Risk | undefined;
  /** When it ended, on the monotonic clock. */
  readonly until: number;
  /** Where messages were dropped, that may have begun earlier: ms since the epoch. */
  readonly possibleSince?: number | undefined;
  /** The broker's count before it began. @default {what was read last before that} */
  readonly before?: DropReading | undefined;
}

/** The broker's own count of dropped messages: see `SysMonitor`. */
export interface DropCounter {
  /** Whether the broker tells it; undefined: not known yet. */
  readonly counts: boolean | undefined;
  readonly last: DropReading | undefined;
  before(monotonic: number): DropReading | undefined;
  ask(): void;
  onReading: (reading: DropReading, until: number) => void;
  onNone: () => void;
}

export class OpenGaps {
  readonly #decided: (gap: Gap, dropped: number) => void;
  #open: Undecided[] = [];
  #drops: DropCounter | undefined;

  /**
   * @param decided Called with every gap that becomes a row, and what is known to be dropped.
   */
  constructor(decided: (gap: Gap, dropped: number) => void) {
    this.#decided = decided;
  }

  /** Since when a backlog is under way, on the monotonic clock: what adjoins it is not over. */
  backlogSince: () => number = () => Infinity;

  /** What is noted of them for the next start. */
  get state(): Pick<RunState, "open" | "possibleSince" | "drops"> {
    const known = this.#open.filter(({ evidence }) => evidence !== "possible");
    const possible = this.#open.filter(({ evidence }) => evidence === "possible");
    return {
      open: known.map(({ gap, unproven, proven }) => ({
        ...gap,
        atRisk: unproven ?? proven ?? "yes",
      })),
      possibleSince: possible.length > 0
        ? Math.min(...possible.map(({ gap }) => gap.from))
        : undefined,
      drops: noted(this.#drops?.last),
    };
  }

  /** From now on the broker's count decides. */
  attach(drops: DropCounter): void {
    this.#drops = drops;
    drops.onReading = (reading, until) => this.#count(reading, until);
    drops.onNone = () => this.giveUp();
    if (drops.counts === false) this.giveUp();
  }

  /** A gap ended; a backlog that adjoins one makes that one longer. */
  add(gap: Undecided): void {
    const drops = this.#drops;
    const at = gap.evidence === "backlog" ? this.#open.findIndex((each) => meets(each, gap)) : -1;
    if (at < 0) this.#open.push(gap);
    else this.#open[at] = extended(this.#open[at]!, gap);
    if (drops?.counts === false) this.giveUp();
    else drops?.ask();
  }

  /** No count will come: decides on all that there are. */
  giveUp(): void {
    for (const { gap, unproven } of this.#take(() => true)) this.#row(gap, unproven);
  }

  /** To be called now and then: no count is waited for without end. */
  expire(now: number): void {
    const late = this.#take(({ until }) => now - until > PATIENCE_MS);
    for (const { gap, unproven } of late) this.#row(gap, unproven);
  }

  /** The broker's count has come, with everything `until` then. */
  #count(reading: DropReading, until: number): void {
    const since = this.backlogSince();
    const ready = (gap: Undecided) => gap.until <= until && gap.until < since;
    const counted = this.#take(ready).map((each) => {
      return { ...each, dropped: this.#dropped(each, reading) };
    });
    const explained = counted.some(({ evidence, dropped }) => evidence !== "possible" && dropped);
    for (const each of counted) {
      const { gap, dropped, evidence, proven, unproven } = each;
      if (dropped === undefined) this.#row(gap, unproven);
      else if (dropped === 0) this.#row(gap, proven);
      else if (evidence !== "possible" || !explained) {
        this.#row(queued(each, dropped), "yes", dropped);
      }
    }
  }

  /** How many messages the broker dropped during a gap; undefined: unknown. */
  #dropped({ gap, until, before }: Undecided, reading: DropReading): number | undefined {
    const { time, monotonic } = reading;
    if (before !== undefined || monotonic === undefined) {
      return droppedSince(before, reading, gap.from);
    }
    // All of it was in the time of this process: a clock that was set does not matter.
    const at = (moment: number) => time - (monotonic - moment);
    const began = until - gap.ms;
    const earlier = this.#drops?.before(began);
    const then = earlier && { ...earlier, time: at(earlier.monotonic ?? began) };
    return droppedSince(then, reading, at(began));
  }

  #row(gap: UnratedGap, atRisk: Risk | undefined, dropped = 0): void {
    if (atRisk !== undefined) this.#decided({ ...gap, atRisk }, dropped);
  }

  #take(wanted: (gap: Undecided) => boolean): readonly Undecided[] {
    const taken = this.#open.filter(wanted);
    this.#open = this.#open.filter((gap) => !wanted(gap));
    return taken;
  }
}

function queued({ gap, possibleSince }: Undecided, dropped: number): UnratedGap {
  const from = Math.min(gap.from, possibleSince ?? Infinity);
  const detail = `${dropped} dropped, all clients`;
  return { ...gap, from, ms: gap.ms + gap.from - from, cause: "broker queue", detail };
}

/** Whether neither of two gaps ends before the other begins, by the clock of durations. */
function meets(a: Undecided, b: Undecided): boolean {
  return a.evidence !== "possible" && a.until >= b.until - b.gap.ms &&
    b.until >= a.until - a.gap.ms;
}

/** A gap that lasts until another one ends. */
function extended(gap: Undecided, { until }: Undecided): Undecided {
  const more = Math.max(0, until - gap.until);
  const { to, ms } = gap.gap;
  return { ...gap, gap: { ...gap.gap, to: to + more, ms: ms + more }, until: gap.until + more };
}

/** A reading as it means something to the next process too. */
function noted(reading: DropReading | undefined): DropReading | undefined {
  if (reading === undefined) return undefined;
  const { monotonic: _, ...remainder } = reading;
  return remainder;
}
