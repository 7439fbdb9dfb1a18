/** Gaps that have ended and wait for the broker's own count of dropped messages. */

import { droppedSince, type DropReading } from "../message/drop_count.ts";
import type { Gap, Risk } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";
import {
  belongs,
  type Counted,
  type CountedGap,
  extended,
  isKnown,
  joined,
  likeliest,
  queued,
  type Undecided,
  type UnratedGap,
} from "./undecided.ts";

/** Longest wait for a count. */
const PATIENCE_MS = 300_000;
/** The broker's own count of dropped messages: see `SysMonitor`. */
export interface DropCounter {
  /** Whether the broker publishes it; undefined: not known yet. */
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
  /** Whether the next count decides all of them. */
  #isAsked = true;
  /** The last count that a row holds: rows that adjoin must not repeat it. */
  #reported: DropReading | undefined;

  /**
   * @param decided Called with every gap that becomes a row, and the number of dropped messages.
   */
  constructor(decided: (gap: Gap, dropped: number) => void) {
    this.#decided = decided;
  }

  /** Start of the current backlog, on the monotonic clock: gaps that adjoin it have not ended. */
  backlogSince: () => number = () => Infinity;
  /** Whether this recording holds QoS 0 messages. */
  hasQos0: () => boolean = () => false;
  /** Called with the gaps that a count has decided, after their rows. */
  onCounted: (gaps: readonly CountedGap[]) => void = () => {};

  /** Their part of the run state, for the next run. */
  get state(): Pick<RunState, "open" | "possibleSince" | "drops"> {
    const known = this.#open.filter(isKnown);
    const possible = this.#open.filter((gap) => !isKnown(gap));
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

  /** Uses the broker's count from now on. */
  attach(drops: DropCounter): void {
    this.#drops = drops;
    drops.onReading = (reading, until) => this.#count(reading, until);
    drops.onNone = () => this.giveUp();
    if (drops.counts === false) this.giveUp();
    else this.#ask();
  }

  /** Adds a gap that has ended; a backlog that adjoins another gap extends that one. */
  add(gap: Undecided): void {
    const drops = this.#drops;
    const isBacklog = gap.evidence === "backlog";
    const at = isBacklog ? this.#open.findIndex((each) => belongs(gap, each)) : -1;
    if (at >= 0) this.#open[at] = extended(this.#open[at]!, gap);
    else {
      // The backlog of a resumed session may end before the broker answers SUBSCRIBE.
      const isPart = (each: Undecided) => each.evidence === "backlog" && belongs(each, gap);
      const parts = isBacklog ? [] : this.#take(isPart);
      this.#open.push(parts.reduce(extended, gap));
    }
    if (drops?.counts === false) return this.giveUp();
    this.#isAsked = false;
    if (isKnown(gap)) this.#ask();
  }

  /** Decides gaps that have waited too long; call it about once a second. */
  tick(now: number): void {
    const late = this.#take(({ until }) => now - until > PATIENCE_MS);
    for (const { gap, unproven } of late) this.#row(gap, unproven);
    if (!this.#isAsked && this.#open.length > 0) this.#ask();
  }

  /** Decides every gap without a count: none will come. */
  giveUp(): void {
    for (const { gap, unproven } of this.#take(() => true)) this.#row(gap, unproven);
  }

  #ask(): void {
    this.#isAsked = true;
    this.#drops?.ask();
  }

  /** Decides the gaps that a reading includes: those that ended before `until`. */
  #count(reading: DropReading, until: number): void {
    const since = this.backlogSince();
    const isReady = (gap: Undecided) => gap.until <= until && gap.until < since;
    // What was dropped in a gap that goes on is in the count already.
    const goesOn = since < Infinity || this.#open.some((gap) => isKnown(gap) && !isReady(gap));
    const counted: Counted[] = [];
    for (const gap of this.#take(isReady)) {
      const dropped = this.#dropped(gap, reading);
      if (goesOn && dropped && !isKnown(gap)) this.#open.push({ ...gap, unproven: "yes" });
      else counted.push({ ...gap, dropped });
    }
    const rows = joined(counted);
    const likely = likeliest(rows);
    const fresh = likely ? this.#unreported(reading, likely.dropped!) : 0;
    for (const each of rows) {
      const { gap, dropped, proven, provenBesideQos0 = proven, unproven } = each;
      if (dropped === undefined) this.#row(gap, unproven);
      else if (dropped === 0) this.#row(gap, this.hasQos0() ? provenBesideQos0 : proven);
      else {
        const told = each === likely ? fresh : 0;
        this.#row(queued(each, told), "yes", told);
      }
    }
    if (counted.length > 0) this.onCounted(counted);
  }

  /** Messages that the broker dropped during a gap; undefined: unknown. */
  #dropped({ gap, until, before }: Undecided, reading: DropReading): number | undefined {
    const { time, monotonic } = reading;
    if (before !== undefined || monotonic === undefined) {
      return droppedSince(before, reading, gap.from);
    }
    const began = until - gap.ms;
    const earlier = this.#drops?.before(began);
    return droppedSince(
      earlier && onClockOf(reading, earlier),
      reading,
      time - (monotonic - began),
    );
  }

  /** Of the messages dropped during a gap those that no row holds. */
  #unreported(reading: DropReading, dropped: number): number {
    const last = this.#reported && onClockOf(reading, this.#reported);
    this.#reported = reading;
    // Unknown: a broker that was restarted counts anew.
    const since = last && droppedSince(last, reading, last.time);
    return Math.min(dropped, since ?? Infinity);
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

/** An earlier reading of this process; its monotonic clock ignores a clock that was set. */
function onClockOf({ time, monotonic }: DropReading, earlier: DropReading): DropReading {
  if (monotonic === undefined || earlier.monotonic === undefined) return earlier;
  return { ...earlier, time: time - (monotonic - earlier.monotonic) };
}

/** A reading for the next process, which has another monotonic clock. */
function noted(reading: DropReading | undefined): DropReading | undefined {
  if (reading === undefined) return undefined;
  const { monotonic: _, ...remainder } = reading;
  return remainder;
}
