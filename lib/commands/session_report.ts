/** Reports a recording to the user: event lines, status line, keys, summary. */

import { showAddress } from "../config/address.ts";
import type { BrokerEvent } from "../mqtt/connection_events.ts";
import type { Clock } from "../system/clock.ts";
import type { Config } from "../config/config.ts";
import { describe, describeCause, FileChangedError, UserError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { type Refusal, refusalError } from "../mqtt/subscription_answers.ts";
import type { Sentences } from "../locale/mod.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import type { Stop } from "../system/stop.ts";
import type { KeyAnswers } from "../terminal/key_answers.ts";
import { tellEnding } from "./ending.ts";
import {
  eventSentence,
  firstLine,
  statusSentence,
  type ToldEvent,
  unwrittenMarks,
  unwrittenRows,
} from "./event_sentences.ts";
import { SessionKeys } from "./session_keys.ts";
import { RecordingStatus, type ReportSources } from "./recording_status.ts";
import type { Terminal } from "../terminal/terminal.ts";

const STATUS_MS = 500;
const NO_MARKS = { noted: 0, path: "", unwritten: [] };

type Connected = Extract<BrokerEvent, { type: "connected" }>;
type ReportedEvent = BrokerEvent | RecorderEvent | ToldEvent;

export class SessionReport implements AsyncDisposable {
  readonly #config: Config;
  readonly #t: Sentences;
  readonly #clock: Clock;
  readonly #stop: Stop;
  readonly #terminal: Terminal;
  readonly #address: string;
  readonly #status: RecordingStatus;
  #sources: ReportSources | undefined;
  /** How long the broker keeps the session without a connection, in seconds. */
  #keptS: number;
  #left: Extract<BrokerEvent, { type: "left" }> | undefined;
  readonly #closed = new AbortController();
  /** Read from `watch` on, and before it while no broker is there. */
  readonly keys: SessionKeys;
  /** Whether gaps or marks are in no file at the end. */
  incomplete = false;
  #started = 0;
  #stalled = false;
  /** What was said of the filters that are refused or downgraded now. */
  #refusals: readonly string[] = [];

  constructor(config: Config, t: Sentences, clock: Clock, stop: Stop, terminal: Terminal) {
    this.#config = config;
    this.#t = t;
    this.#clock = clock;
    this.#stop = stop;
    this.#terminal = terminal;
    this.keys = new SessionKeys(this.#closed.signal, { t, clock, stop, terminal });
    this.#address = showAddress(config);
    this.#status = new RecordingStatus(this.#address, config.topics, clock, config);
    this.#keptS = config.sessionExpiryS;
  }

  /** Prints the sentence of an event. A property, so that it can be passed as a function. */
  readonly onEvent = (event: ReportedEvent): void => {
    const line = this.#sentence(event);
    if (line !== undefined) this.#terminal.log(line);
  };

  /**
   * Starts the status line and the keys, until the end is requested.
   *
   * @param answers Answers the keys of marks and topics. @default {those are unknown}
   */
  watch(sources: ReportSources, answers?: KeyAnswers): void {
    const { simulate, sensors, intervalMs } = this.#config;
    const t = this.#t;
    const { signal } = this.#stop;
    this.#sources = sources;
    this.#started = this.#clock.monotonic();
    this.#terminal.log(t.recordingTo(sources.recorder.files.map(({ path }) => path).join(", ")));
    if (simulate) this.#terminal.log(t.simulating(sensors, intervalMs));
    void this.#showStatus();
    this.keys.answers = answers;
    this.keys.start();
    const ending = { t, clock: this.#clock, stop: this.#stop, terminal: this.#terminal };
    const tell = () => void tellEnding(sources, this.#closed.signal, ending);
    signal.addEventListener("abort", tell, { once: true });
  }

  /** Prints the summary; only removes the status line if the recording never began. */
  async [Symbol.asyncDispose](): Promise<void> {
    const sources = this.#sources;
    const t = this.#t;
    this.#stop.request();
    this.#closed.abort();
    if (sources !== undefined) {
      const { broker, recorder, gaps, rotating: { finisher } = {} } = sources;
      const elapsed = this.#clock.monotonic() - this.#started;
      this.#terminal.log(t.summary(recorder.messages, elapsed));
      const { topics } = this.#config;
      if (recorder.messages === 0 && !topics.some((topic) => /[+#]/.test(topic))) {
        this.#terminal.log(t.nothingCame(escapeForTerminal(topics[0]!)));
      }
      for (const file of recorder.files) this.#terminal.log(t.summaryFile(file.path, file.bytes));
      if (finisher?.count) {
        this.#terminal.log(t.rotate.summary(finisher.count, finisher.indexPath));
      }
      const { noted, path, unwritten } = sources.marks ?? NO_MARKS;
      if (noted > 0) this.#terminal.log(t.live.summaryMarks(noted, path));
      if (unwritten.length > 0) {
        this.#terminal.error(unwrittenMarks(sources.marks!, t));
        this.incomplete = true;
      }
      if (broker.tooLong > 0) {
        this.#terminal.log(t.connect.tooLong(broker.tooLong, this.#config.maxPayload!));
      }
      this.#reportGaps(gaps);
      if (this.#left?.kept) {
        const say = this.#left.undelivered ? t.leftBehind : t.sessionKept;
        this.#terminal.log(say(this.#keptS * 1000));
      }
      // Else the error that ends the program tells it.
      if (!this.incomplete) this.#terminal.log(t.ended);
    }
    await this.#terminal.close();
  }

  #reportGaps(
    { total: { count, ms, worst, path, leftOut, unwritten } }: ReportSources["gaps"],
  ): void {
    const t = this.#t;
    // Rows that are not there are not looked for there.
    const written = unwritten === undefined ? path : undefined;
    if (leftOut > 0) this.#terminal.log(t.invalid.summary(leftOut, written));
    if (count > 0) this.#terminal.log(t.summaryGaps(count, ms, worst, written));
    if (unwritten === undefined) return;
    this.#terminal.error(unwrittenRows(path, unwritten, t.rowsKept, t));
    this.incomplete = true;
  }

  /** Reports the filters that are no longer delivered. */
  #refused(refused: readonly Refusal[]): void {
    const lines = refused.map((refusal) => describe(refusalError(refusal), this.#t));
    const news = lines.filter((line) => !this.#refusals.includes(line));
    this.#refusals = lines;
    for (const line of news) this.#terminal.error(line);
    const { goesOnWithout, goesOnWithLess } = this.#t;
    const some = refused.some(({ granted }) => granted === undefined);
    if (news.length > 0) this.#terminal.log(some ? goesOnWithout : goesOnWithLess);
  }

  async #showStatus(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#terminal.status(this.#status.now(this.#sources!, this.#stalled));
      await this.#clock.sleep(STATUS_MS, signal);
    }
  }

  #sentence(event: ReportedEvent): string | undefined {
    const t = this.#t;
    const because = (cause: unknown) => describeCause(cause, t);
    switch (event.type) {
      case "connected":
        return this.#connected(event);
      case "subscribed":
        if (event.first) this.#refused(event.refused);
        if (event.refused.length === 0) this.#refusals = [];
        return event.refused.length === 0 ? t.subscribedAgain : undefined;
      case "left":
        this.#left = event;
        return undefined;
      case "disconnected":
        if (event.final) return undefined; // The error that ends the program reports it.
        if (event.renewed) return t.redelivery;
        return t.disconnected(
          this.#address,
          event.cause === undefined ? "" : because(event.cause),
        );
      case "failed": {
        const line = t.retrying(firstLine(event.cause, t));
        if (event.news) return line;
        this.#terminal.detail(line);
        return undefined;
      }
      case "waiting": {
        this.keys.start();
        const { cause, nextMs, news } = event;
        if (news) return t.waiting(describe(cause, t), nextMs);
        this.#terminal.detail(t.retrying(firstLine(cause, t)));
        return undefined;
      }
      case "unwanted":
        this.#terminal.error(t.connect.unwanted(firstLine(event.cause, t), event.nextMs));
        return undefined;
      case "troubled":
        return t.connect.troubled(this.#address, event.everyMs);
      case "statusRefused":
        this.#terminal.error(statusSentence(event, t));
        return undefined;
      case "stalled":
        this.#stalled = true;
        // The first line of a `UserError` is the sentence; its remedy comes later.
        return (event.cause instanceof FileChangedError ? t.stalledByChange : t.stalled)(
          event.cause instanceof UserError
            ? because(event.cause).split("\n")[0]!
            : t.cannotWriteNow(because(event.cause)),
        );
      case "resumed":
        this.#stalled = false;
        return t.resumed;
      default:
        return eventSentence(event, t, { address: this.#address, now: this.#clock.now() });
    }
  }

  #connected(
    { again, version, unanswered5, resumed, refused, grantedExpiryS, ambiguous = [] }: Connected,
  ): string {
    const t = this.#t;
    const { topics, qos, sessionExpiryS, properties } = this.#config;
    // The broker's value overrides ours [MQTT-3.2.2.3.2].
    this.#keptS = grantedExpiryS ?? sessionExpiryS;
    if (this.#keptS < sessionExpiryS && !again) {
      this.#terminal.log(t.sessionShort(sessionExpiryS * 1000, this.#keptS * 1000));
    }
    if (unanswered5 && !again) this.#terminal.error(t.connect.unanswered5);
    if (version === 4 && properties && !again) this.#terminal.error(t.connect.noProperties);
    const shared = topics.find((topic) => topic.startsWith("$share/"));
    if (version === 4 && shared !== undefined && !again) {
      this.#terminal.error(t.connect.perhapsNotShared(escapeForTerminal(shared)));
    }
    if (ambiguous.length > 0 && !again) {
      this.#terminal.error(t.connect.perhapsTwice(ambiguous.map(escapeForTerminal).join(", ")));
    }
    this.#refused(refused);
    if (again) {
      return (resumed && qos > 0 ? t.reconnected : t.reconnectedWithGap)(this.#address);
    }
    const isRefused = (topic: string) =>
      refused.some((refusal) => refusal.topic === topic && refusal.granted === undefined);
    const granted = topics.filter((topic) => !isRefused(topic));
    const connected = t.connected(this.#address, granted.join(", "));
    return resumed ? `${connected}\n${t.sessionResumed}` : connected;
  }
}
