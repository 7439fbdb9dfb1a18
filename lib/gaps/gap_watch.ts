/**
 * Turns what happens to connection and disk into gaps, and notes every second how far the run is.
 */

import { minQos } from "../config/subscription_options.ts";
import type { BrokerClient, BrokerEvent } from "../mqtt/broker_client.ts";
import type { Clock } from "../system/clock.ts";
import type { Config } from "../config/config.ts";
import { InvalidLog, type LeftOutEvent } from "./invalid_log.ts";
import type { LeftOut } from "../message/invalid_message.ts";
import { leftOutBefore } from "./invalid_rows.ts";
import { type RunTotals, RunTotalsCounter } from "./run_totals.ts";
import type { Refusal } from "../mqtt/subscription_answers.ts";
import { refusedSince, unrecorded } from "./previous_run.ts";
import type { Cause, Gap, Risk, SessionFate } from "../message/gap.ts";
import { GapLog } from "./gap_log.ts";
import type { OutputLock } from "../files/lock.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import type { RunState } from "../files/run_state.ts";
import { OverloadWatch } from "./overload_watch.ts";
import { type RefusedFilter, RefusedFilters } from "./refused_filters.ts";
import { type Moment, SleepWatch } from "./sleep_watch.ts";

const HEARTBEAT_MS = 1_000;
/** Reason code of a DISCONNECT: the keepalive was not kept. */
const UNHEARD = "0x8d";

/** What the person is told of gaps that are found at the start. */
export type GapEvent = { readonly type: "gap"; readonly gap: Gap };
/** What else: messages left out, and a disk that keeps their rows from being written. */
export type InvalidEvent = LeftOutEvent | Extract<RecorderEvent, { type: "stalled" | "resumed" }>;

interface Parts {
  readonly config:
    & Pick<Config, "output" | "qos" | "topicQos" | "topics" | "sessionExpiryS">
    & Partial<Pick<Config, "exitOnError">>;
  readonly lock: OutputLock;
  readonly clock: Clock;
  readonly onEvent?: (event: GapEvent | InvalidEvent) => void;
}

export class GapWatch implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #gapLog: GapLog;
  readonly #stop = new AbortController();
  /** When the recording began, ms since the epoch. */
  #began = 0;
  #heartbeats: Promise<void> | undefined;
  #noting: Promise<void> | undefined;
  #broker: BrokerClient | undefined;
  #recorder: Recorder | undefined;
  readonly #counter = new RunTotalsCounter();

  readonly #sleep = new SleepWatch();
  #sessionKept = false;
  #away: Moment | undefined;
  #stalled: Moment | undefined;
  readonly #overload = new OverloadWatch();
  readonly #refused = new RefusedFilters();
  /** Messages that break the protocol. */
  readonly invalid: InvalidLog;

  private constructor(parts: Parts, gapLog: GapLog) {
    this.#parts = parts;
    this.#gapLog = gapLog;
    const { clock, lock, config: { exitOnError } } = parts;
    const note = (leftOut: readonly LeftOut[]) => lock.noteSynced({ leftOut });
    const onEvent = (event: InvalidEvent) => {
      if (event.type !== "leftOut") this.onEvent(event);
      parts.onEvent?.(event);
    };
    this.invalid = new InvalidLog({ clock, gapLog, note, onEvent, exitOnError });
  }

  /** @throws {RecordingError} There is a gap log that cannot be continued. */
  static async open(parts: Parts): Promise<GapWatch> {
    return new GapWatch(parts, await GapLog.open(parts.config.output));
  }

  /** The gaps of this run so far. */
  get total(): RunTotals {
    const { path, cause, behind } = this.#gapLog;
    const { count, ms, worst } = this.#counter;
    const { count: leftOut } = this.invalid;
    return { count, ms, worst, path, leftOut, unwritten: behind ? cause : undefined };
  }

  /** Takes note of what happens. A property, so that it can be handed on as a function. */
  readonly onEvent = (event: BrokerEvent | RecorderEvent): void => {
    switch (event.type) {
      case "connected":
        return this.#connected(event);
      case "disconnected":
        return this.#disconnected(event);
      case "subscribed":
        return this.#subscribed(event.refused, this.#now());
      case "stalled":
        this.#stalled ??= this.#ago(event.forMs);
        return;
      case "resumed":
        if (this.#stalled) this.#add(this.#stalled, "write stall", "kept");
        this.#stalled = undefined;
        return;
      case "unsynced":
        return this.#add(this.#at(event.since), "sync failed", "kept", "yes");
      case "left":
        return this.#left(event);
    }
  };

  /** From now on, once a second: looks after the disk, the lock, overload, and rows not written. */
  watch(broker: BrokerClient, recorder: Recorder): void {
    this.#broker = broker;
    this.#recorder = recorder;
    this.#began = this.#parts.clock.now();
    const { receiveQueue } = broker;
    // Known of the run before, it is to be expected of this one.
    if (this.#parts.lock.previousRun?.qos0) receiveQueue.qos0 = true;
    receiveQueue.onQos0 = () => void this.#parts.lock.note({ qos0: true });
    this.#heartbeats = this.#heartbeat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#heartbeats;
    await this.#noting;
    if (this.#stalled) this.#add(this.#stalled, "write stall", "kept");
    this.#eased(this.#overload.end());
    this.invalid.end();
    await this.#gapLog[Symbol.asyncDispose]();
    const leftOut = this.invalid.open;
    await this.#parts.lock.note(
      // The files are closed: these are their last sizes.
      this.#recorder ? { leftOut, committed: this.#recorder.committed } : { leftOut },
    );
  }

  #disconnected({ cause, since }: Extract<BrokerEvent, { type: "disconnected" }>): void {
    const lost = this.#at(since);
    const { code } = (cause ?? {}) as { code?: unknown };
    // A broker that says goodbye was there; unless it says that it had not heard from us.
    const there = typeof code === "string" && /^0x/.test(code) && code !== UNHEARD;
    const asleep = there ? undefined : this.#sleep.since(this.#now());
    this.#away = asleep && asleep.wall < lost.wall ? asleep : lost;
  }

  #connected({ resumed, again, refused }: Extract<BrokerEvent, { type: "connected" }>): void {
    const { config, lock } = this.#parts;
    const fate = resumed ? "resumed" : config.sessionExpiryS === 0 ? "none" : "lost";
    const now = this.#now();
    const since = this.#away ?? now;
    this.#away = undefined;
    if (again) this.#add(since, "connection lost", fate);
    else if (lock.previousRun) this.#continued(lock.previousRun, fate);
    this.#subscribed(refused, since);
  }

  #subscribed(refused: readonly Refusal[], since: Moment): void {
    this.#granted(this.#refused.update(refused, since));
  }

  /** The first connection after a run that was killed, or left its session behind. */
  #continued(previousRun: RunState, session: SessionFate): void {
    const atRisk = this.#risk(session, previousRun.qos0);
    const { clock, lock: { forsaken } } = this.#parts;
    const now = { session, atRisk, forsaken, to: clock.now() };
    for (const gap of refusedSince(previousRun, now)) this.#write(gap);
    for (const gap of leftOutBefore(previousRun, now.to)) this.#write(gap);
    const gap = unrecorded(previousRun, now);
    if (gap === undefined) return;
    this.#write(gap);
    this.#parts.onEvent?.({ type: "gap", gap });
  }

  #left({ kept, takenOver }: Extract<BrokerEvent, { type: "left" }>): void {
    if (this.#away) {
      const cause = takenOver ? "client id taken over" : "connection lost";
      this.#add(this.#away, cause, kept ? "kept" : "none", "yes");
    }
    this.#away = undefined;
    this.#granted(this.#refused.end());
    this.#sessionKept = kept;
    const copies = this.#broker?.sendsCopies;
    void this.#parts.lock.note({ sessionKept: kept, awaySince: undefined, copies });
  }

  #granted(filters: readonly RefusedFilter[]): void {
    for (const { topic, since, cause } of filters) this.#add(since, cause, "kept", "yes", topic);
  }

  #add(
    since: Moment,
    cause: Cause,
    session: SessionFate,
    atRisk = this.#risk(session, this.#broker?.receiveQueue.qos0 === true),
    detail?: string,
  ): void {
    const now = this.#now();
    const ms = now.monotonic - since.monotonic;
    this.#write({ from: since.wall, to: now.wall, ms, cause, detail, session, atRisk });
  }

  #write(gap: Gap): void {
    this.#counter.add(gap);
    this.#gapLog.add(gap);
    void this.#gapLog.flush();
  }

  /** The broker keeps all else, as it must have it acknowledged. */
  get #qos0AtStake(): boolean {
    return minQos(this.#parts.config) === 0 || this.#broker!.receiveQueue.qos0;
  }

  #risk(session: SessionFate, qos0: boolean): Risk {
    if (minQos(this.#parts.config) === 0 || session === "lost" || session === "none") {
      return "yes";
    }
    return qos0 ? "qos0" : "no";
  }

  async #heartbeat(): Promise<void> {
    const { clock, lock, config } = this.#parts;
    const { signal } = this.#stop;
    // The rows about the last run first: then its trace may go.
    await this.#gapLog.flush();
    await lock.replacePreviousRun({ ...this.#state(), topics: config.topics });
    this.#sleep.tick(this.#now());
    let last = { held: this.#broker!.receiveQueue.heldMs(clock.now()), ...this.#now() };
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, signal);
      this.#recorder!.watch();
      this.invalid.tick();
      const next = { held: this.#broker!.receiveQueue.heldMs(clock.now()), ...this.#now() };
      const share = (next.held - last.held) / (next.monotonic - last.monotonic);
      this.#eased(this.#overload.tick(share, last, this.#qos0AtStake && !this.#stalled));
      last = next;
      this.#sleep.tick(next);
      // Not awaited: a disk that hangs must not keep that from being noticed.
      this.#noting ??= this.#note().finally(() => this.#noting = undefined);
    }
  }

  async #note(): Promise<void> {
    const { lock } = this.#parts;
    await lock.ensure().catch(() => {}); // Said at the next commit, which it ends.
    await lock.note(this.#state());
    await this.#gapLog.flush();
  }

  #state() {
    const { receiveQueue } = this.#broker!;
    // Whatever was received before this is on disk; noted a second late at worst, never early.
    const { lastTime, unsyncedSince = Infinity } = this.#recorder!;
    const seen = receiveQueue.unacknowledged ? lastTime : this.#broker!.lastHeard;
    const now = this.#parts.clock.now();
    return {
      alive: Math.min(now, Math.max(Math.min(seen, unsyncedSince), this.#began)),
      committed: this.#recorder!.committed,
      awaySince: this.#away?.wall,
      leftOut: this.invalid.open,
      refused: this.#refused.list.map((filter) => ({ ...filter, since: filter.since.wall })),
      sessionKept: this.#sessionKept,
      qos0: receiveQueue.qos0,
      copies: this.#broker!.sendsCopies,
    };
  }

  #eased(since: Moment | undefined): void {
    if (since) this.#add(since, "overload", "kept");
  }

  /** The moment of a wall clock time, ms since the epoch. */
  #at(time: number): Moment {
    return this.#ago(this.#parts.clock.now() - time);
  }

  #now(): Moment {
    return this.#ago(0);
  }

  #ago(ms: number): Moment {
    const { clock } = this.#parts;
    return { wall: clock.now() - ms, monotonic: clock.monotonic() - ms };
  }
}
