/** Turns events of connection, disk and process into gaps, and notes the state of the run. */

import { minQos } from "../config/subscription_options.ts";
import type { BrokerEvent } from "../mqtt/connection_events.ts";
import type { InvalidEvent, WatchedBroker, WatchedRecorder, WatchParts } from "./gap_events.ts";
import { InvalidLog } from "./invalid_log.ts";
import type { LeftOut } from "../message/invalid_message.ts";
import { GapWriter } from "./gap_writer.ts";
import type { SessionFate } from "../message/gap.ts";
import type { RunTotals } from "./run_totals.ts";
import { logPreviousRun } from "./previous_run.ts";
import type { GapLog } from "./gap_log.ts";
import { openGapLog } from "./open_gap_log.ts";
import type { DropCounter } from "./open_gaps.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import { RefusedFilters } from "./refused_filters.ts";
import { Moments } from "./moments.ts";
import { tickBacklog } from "../mqtt/backlog_ticks.ts";
import { saidGoodbye } from "../mqtt/transport/cut_codes.ts";
import { SeenQos, unarrivedMs } from "./seen_qos.ts";
import { type Moment, type Sleep, SleepWatch } from "./sleep_watch.ts";
import { filesOf, StateNotes } from "./state_notes.ts";

const HEARTBEAT_MS = 1_000;

export class GapWatch implements AsyncDisposable {
  readonly #parts: WatchParts;
  readonly #gapLog: GapLog;
  readonly #stop = new AbortController();
  /** Start of the recording, ms since the epoch. */
  #began = 0;
  #heartbeats: Promise<unknown> | undefined;
  #noting: Promise<void> | undefined;
  #broker: WatchedBroker | undefined;
  #recorder: WatchedRecorder | undefined;
  readonly #gaps: GapWriter;
  readonly #sleep: SleepWatch;
  #sessionKept = false;
  #seenQos: SeenQos | undefined;
  #away: Moment | undefined;
  #stalled: Moment | undefined;
  /** Start of a pause of this process, until the connection proves to be alive. */
  #paused: Moment | undefined;
  readonly #refused = new RefusedFilters();
  /** The log of invalid messages. */
  readonly invalid: InvalidLog;
  readonly #moments: Moments;
  readonly #notes: StateNotes;

  private constructor(parts: WatchParts, gapLog: GapLog) {
    this.#parts = parts;
    this.#gapLog = gapLog;
    this.#moments = new Moments(parts.clock);
    const qos0 = minQos(parts.config) === 0;
    this.#gaps = new GapWriter({ gapLog, clock: parts.clock, qos0, onEvent: parts.onEvent });
    this.#notes = new StateNotes(parts);
    const { clock, lock, config: { exitOnError } } = parts;
    const note = (leftOut: readonly LeftOut[]) => lock.noteSynced({ leftOut });
    const onEvent = (event: InvalidEvent) => {
      if (event.type !== "leftOut") this.onEvent(event);
      parts.onEvent?.(event);
    };
    this.invalid = new InvalidLog({ clock, gapLog, note, onEvent, exitOnError });
    // A broker waits for one and a half times the keepalive [MQTT-3.1.2-22].
    this.#sleep = new SleepWatch(2_000 * parts.config.keepaliveS);
  }

  /** @throws {RecordingError} The existing gap log cannot be continued. */
  static async open(parts: WatchParts): Promise<GapWatch> {
    return new GapWatch(parts, await openGapLog(parts.config.output, parts.onEvent));
  }

  /** The gaps of this run so far. */
  get total(): RunTotals {
    const { path, cause, pending } = this.#gapLog;
    const { count, ms, worst } = this.#gaps.counter;
    const { count: leftOut } = this.invalid;
    return { count, ms, worst, path, leftOut, unwritten: pending ? cause : undefined };
  }

  /** Handles an event. A property, so that it can be passed as a function. */
  readonly onEvent = (event: BrokerEvent | RecorderEvent): void => {
    switch (event.type) {
      case "connected":
        return this.#connected(event);
      case "disconnected":
        return this.#disconnected(event);
      case "subscribed":
        return this.#gaps.granted(this.#refused.update(event.refused, this.#moments.now()));
      case "stalled":
        this.#stalled ??= this.#moments.ago(
          Math.max(event.forMs, unarrivedMs(this.#broker!, this.#parts.clock.monotonic())),
        );
        return;
      case "resumed":
        return this.#resumed();
      case "unsynced":
        return this.#gaps.lost(this.#moments.at(event.since), "sync failed", "kept");
      case "left":
        return this.#left(event);
    }
  };

  /**
   * Starts the heartbeat, which checks disk, lock, process and pending rows once a second.
   *
   * @param drops The broker's own count of dropped messages.
   */
  watch(broker: WatchedBroker, recorder: WatchedRecorder, drops: DropCounter): void {
    this.#broker = broker;
    this.#recorder = recorder;
    this.#began = this.#parts.clock.now();
    const { receiveQueue } = broker;
    // QoS 0 messages in previous runs make them likely in this one.
    if (this.#parts.lock.qos0) receiveQueue.qos0 = true;
    this.#seenQos = new SeenQos(receiveQueue, this.#parts.lock.previousRun);
    receiveQueue.onQos0 = () => void this.#parts.lock.note({ qos0: true });
    this.#gaps.watch(broker, drops, this.#parts.lock.previousRun?.undelivered);
    for (const gap of this.#parts.lock.unwritten) this.#gapLog.add(gap);
    const ticks = tickBacklog(receiveQueue.backlog, this.#parts.clock, this.#stop.signal);
    this.#heartbeats = Promise.all([this.#heartbeat(), ticks]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#heartbeats;
    await this.#noting;
    this.#resumed();
    this.#woke();
    this.#gaps.open.giveUp();
    this.invalid.end();
    await this.#gapLog[Symbol.asyncDispose]();
    await this.#parts.lock.note({
      leftOut: this.#broker ? [] : this.invalid.open,
      // Rows of invalid messages and open gaps are written now, unless the disk did not take them.
      ...(this.#broker && { ...this.#gaps.open.state, open: [...this.#gapLog.unwritten] }),
      // The files are closed: these are their last sizes.
      ...(this.#recorder && filesOf(this.#recorder)),
    });
  }

  #disconnected({ cause, since }: Extract<BrokerEvent, { type: "disconnected" }>): void {
    const lost = this.#moments.at(since);
    const asleep = this.#paused ??
      (saidGoodbye(cause) ? undefined : this.#sleep.since(this.#moments.now()));
    this.#paused = undefined;
    this.#seenQos?.lost();
    this.#away = asleep && asleep.wall < lost.wall ? asleep : lost;
  }

  #connected(
    { resumed, again, refused, doubtful }: Extract<BrokerEvent, { type: "connected" }>,
  ): void {
    const { config, lock } = this.#parts;
    const fate: SessionFate = resumed ? "resumed" : config.sessionExpiryS === 0 ? "none" : "lost";
    const since = this.#away ?? this.#moments.now();
    this.#away = undefined;
    // Another client may have received messages of the session.
    if (again && doubtful) this.#gaps.lost(since, "connection lost", fate);
    else if (again) {
      this.#gaps.away(this.#moments.gap(since, "connection lost", fate), this.#seenQos!.mayBeQos0);
    } else if (lock.previousRun) {
      const now = { session: fate, copied: lock.copied, to: this.#parts.clock.now() };
      this.#parts.onEvent?.({ type: "gap", ...logPreviousRun(lock.previousRun, now, this.#gaps) });
    }
    this.#gaps.granted(this.#refused.update(refused, since));
  }

  #left({ kept, takenOver }: Extract<BrokerEvent, { type: "left" }>): void {
    if (this.#away) {
      const cause = takenOver ? "client id taken over" : "connection lost";
      this.#gaps.lost(this.#away, cause, kept ? "kept" : "none");
    }
    this.#away = undefined;
    this.#gaps.granted(this.#refused.end());
    this.#sessionKept = kept;
    void this.#parts.lock.note(this.#state());
  }

  /** Ends a stall: files are written again. */
  #resumed(): void {
    if (this.#stalled) this.#gaps.heldUp(this.#moments.gap(this.#stalled, "write stall", "kept"));
    this.#stalled = undefined;
  }

  /** Ends a pause of this process that the connection has survived. */
  #woke(): void {
    if (this.#paused) this.#gaps.heldUp(this.#moments.gap(this.#paused, "process paused", "kept"));
    this.#paused = undefined;
  }

  async #heartbeat(): Promise<void> {
    const { clock, lock, config } = this.#parts;
    // The state of the previous run is replaced once its gaps are logged.
    await this.#gapLog.flush();
    await lock.replacePreviousRun({ ...this.#state(), topics: config.topics });
    this.#sleep.tick(this.#moments.now());
    while (!this.#stop.signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, this.#stop.signal);
      this.invalid.tick();
      const slept = this.#sleep.tick(this.#moments.now());
      if (slept) this.#wake(slept);
      else this.#recorder!.watch(); // While the process slept no disk was slow.
      this.#gaps.open.tick(clock.monotonic());
      // Not awaited: the heartbeat must notice a disk that hangs.
      this.#noting ??= this.#notes.noteAndFlush(() => this.#state(), this.#gapLog)
        .finally(() => this.#noting = undefined);
    }
  }

  #wake({ since, survivable }: Sleep): void {
    if (this.#away) return;
    if (survivable) this.#paused ??= since;
    void this.#broker!.answers(this.#stop.signal).then((there) => {
      if (!there) return;
      this.#sleep.survived(since);
      this.#woke();
    });
  }

  #state() {
    const { receiveQueue, lastHeard } = this.#broker!;
    // Every message received before `alive` is on disk. It may be a second late, never early.
    const { lastTime, unsyncedSince = Infinity } = this.#recorder!;
    const seen = receiveQueue.unacknowledged ? lastTime : lastHeard;
    const now = this.#parts.clock.now(), monotonic = this.#parts.clock.monotonic();
    const arrived = now - unarrivedMs(this.#broker!, monotonic);
    return {
      alive: Math.min(now, Math.max(Math.min(seen, unsyncedSince, arrived), this.#began)),
      ...filesOf(this.#recorder!),
      awaySince: this.#away?.wall,
      leftOut: this.invalid.open,
      refused: this.#refused.list.map((filter) => ({ ...filter, since: filter.since.wall })),
      sessionKept: this.#sessionKept,
      qos0: receiveQueue.qos0,
      copies: this.#broker!.sendsCopies,
      undelivered: receiveQueue.backlog.undelivered,
      carried: this.#seenQos?.carried,
      ...this.#gaps.undecided(
        receiveQueue.backlog.current(monotonic),
        this.#paused && this.#moments.gap(this.#paused, "process paused", "kept"),
      ),
    };
  }
}
