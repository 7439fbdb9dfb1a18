/** Writes gaps: at once, or when the broker's own count has shown what is at risk. */

import type { Cause, Gap, Risk, SessionFate } from "../message/gap.ts";
import type { Backlog } from "../mqtt/backlog.ts";
import type { Clock } from "../system/clock.ts";
import type { GapEvent, WatchedBroker } from "./gap_events.ts";
import type { GapLog } from "./gap_log.ts";
import { Moments } from "./moments.ts";
import { type DropCounter, OpenGaps } from "./open_gaps.ts";
import { Redelivery } from "./redelivery.ts";
import type { RefusedFilter } from "./refused_filters.ts";
import type { RunState } from "../files/run_state.ts";
import { RunTotalsCounter } from "./run_totals.ts";
import type { Moment } from "./sleep_watch.ts";
import type { Undecided, UnratedGap } from "./undecided.ts";

/** A backlog this long makes a row even if the broker dropped nothing. */
const LONG_MS = 2_000;

interface Parts {
  readonly gapLog: GapLog;
  readonly clock: Clock;
  /** Whether any filter has QoS 0, which no session keeps. */
  readonly qos0: boolean;
  readonly onEvent?: ((event: GapEvent) => void) | undefined;
}

export class GapWriter {
  readonly #parts: Parts;
  readonly #moments: Moments;
  /** Counts the gaps of this run. */
  readonly counter = new RunTotalsCounter();
  /** Gaps that wait for the broker's count. */
  readonly open: OpenGaps;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#moments = new Moments(parts.clock);
    this.open = new OpenGaps((gap, count) => {
      this.write(gap);
      if (gap.cause !== "broker queue" || gap.atRisk !== "yes") return;
      parts.onEvent?.({ type: "dropped", gap, count: count > 0 ? count : undefined });
    });
  }

  /**
   * Adds every backlog from now on, and decides gaps by the broker's count.
   *
   * @param undelivered Whether the previous run ended before a redelivery.
   */
  watch(broker: WatchedBroker, drops: DropCounter, undelivered = false): void {
    const { clock } = this.#parts;
    const { backlog } = broker.receiveQueue;
    const redelivery = new Redelivery(broker, undelivered);
    backlog.onBacklog = (backlog) => this.backlog(backlog);
    this.open.backlogSince = () => {
      const current = backlog.closeEpisode(clock.monotonic());
      return current?.severe ? current.from : Infinity;
    };
    this.open.hasQos0 = () => broker.receiveQueue.qos0;
    this.open.onCounted = (gaps) => redelivery.counted(gaps);
    this.open.attach(drops);
  }

  /** Writes a row. */
  write(gap: Gap): void {
    this.counter.add(gap);
    this.#parts.gapLog.add(gap);
    void this.#parts.gapLog.flush();
  }

  /** Writes a gap from `since` until now, in which messages are missing or may be. */
  lost(since: Moment, cause: Cause, session: SessionFate, detail?: string): void {
    this.write({ ...this.#moments.gap(since, cause, session, detail), atRisk: "yes" });
  }

  /**
   * Adds a gap without a connection: the session kept QoS 1 and 2 up to the length of its queue.
   *
   * @param qos0 Whether QoS 0 messages may have been sent.
   * @returns The risk, if it is known already.
   */
  away(gap: UnratedGap, qos0: boolean, more: Partial<Undecided> = {}): Risk | undefined {
    if (this.#parts.qos0 || gap.session !== "resumed") {
      this.write({ ...gap, atRisk: "yes" });
      return "yes";
    }
    const between = gap.cause === "between runs" ? undefined : "no";
    // A slow sensor may show only after the gap that there is QoS 0.
    this.#hold(gap, { proven: qos0 ? "qos0" : between, provenBesideQos0: "qos0", ...more });
    return undefined;
  }

  /** Adds a gap with a connection: the count of the broker then includes QoS 0. */
  heldUp(gap: UnratedGap, more: Partial<Undecided> = {}): void {
    this.#hold(gap, { proven: "no", ...more });
  }

  /** Adds a backlog: more messages may have waited at the broker than it keeps. */
  backlog(backlog: Backlog): void {
    const { from, to, severe } = backlog;
    this.heldUp(this.waited(backlog), {
      evidence: severe ? "backlog" : "possible",
      unproven: severe ? "yes" : undefined,
      proven: to - from >= LONG_MS && severe ? "no" : undefined,
      until: to,
    });
  }

  /** The gap of a backlog. */
  waited({ from, to, heldBack }: Backlog): UnratedGap {
    const now = this.#parts.clock.monotonic();
    const [since, until] = [this.#moments.ago(now - from), this.#moments.ago(now - to)];
    const cause = heldBack ? "overload" : "broker queue";
    return { from: since.wall, to: until.wall, ms: to - from, cause, session: "kept" };
  }

  /** Writes the gaps of filters that are no longer refused. */
  granted(filters: readonly RefusedFilter[]): void {
    for (const { topic, since, cause } of filters) this.lost(since, cause, "kept", topic);
  }

  /** The run state of undecided gaps, with the current backlog and pause of this process. */
  undecided(
    backlog: Backlog | undefined,
    pause: UnratedGap | undefined,
  ): Pick<RunState, "open" | "possibleSince" | "drops" | "filtersQos0"> {
    const { open, possibleSince, drops } = this.open.state;
    const waited = backlog && this.waited(backlog);
    const more = [...(backlog?.severe ? [waited!] : []), ...(pause ? [pause] : [])];
    return {
      open: [
        ...this.#parts.gapLog.unwritten,
        ...open,
        ...more.map((gap) => ({ ...gap, atRisk: "yes" as const })),
      ],
      possibleSince: waited ? Math.min(waited.from, possibleSince ?? waited.from) : possibleSince,
      drops,
      filtersQos0: this.#parts.qos0,
    };
  }

  #hold(gap: UnratedGap, more: Partial<Undecided> & Pick<Undecided, "proven">): void {
    const until = this.#parts.clock.monotonic();
    this.open.add({ gap, evidence: "away", unproven: "yes", until, ...more });
  }
}
