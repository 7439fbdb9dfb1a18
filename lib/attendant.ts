/** The person's side of a recording: what is told, the status line, the keys, the summary. */

import type { Broker, BrokerEvent } from "./broker.ts";
import type { Clock } from "./clock.ts";
import { type Config, hostPort } from "./config.ts";
import type { EmbeddedEvent } from "./embedded_broker.ts";
import { describe, describeCause } from "./errors.ts";
import type { Sentences } from "./locale/mod.ts";
import type { Recorder, RecorderEvent } from "./recorder.ts";
import type { Stop } from "./stop.ts";
import type { Reader } from "./key_lines.ts";
import type { Status } from "./status.ts";
import type { Terminal } from "./terminal.ts";

const STATUS_MS = 500;
/** The rate is taken over about this long: shorter flickers, longer lags. */
const RATE_WINDOW_MS = 3_000;

type Told = BrokerEvent | RecorderEvent | EmbeddedEvent;

export class Attendant implements AsyncDisposable {
  readonly #config: Config;
  readonly #t: Sentences;
  readonly #clock: Clock;
  readonly #stop: Stop;
  readonly #terminal: Terminal;
  readonly #address: string;
  #broker: Broker | undefined;
  #recorder: Recorder | undefined;
  #started = 0;
  #stalled = false;
  #samples: { time: number; messages: number }[] = [];

  constructor(config: Config, t: Sentences, clock: Clock, stop: Stop, terminal: Terminal) {
    this.#config = config;
    this.#t = t;
    this.#clock = clock;
    this.#stop = stop;
    this.#terminal = terminal;
    this.#address = hostPort(config);
  }

  /** Says what happened. A property, so that it can be handed on as a function. */
  readonly tell = (event: Told): void => {
    const line = this.#sentence(event);
    if (line !== undefined) this.#terminal.log(line);
  };

  /** From now on: status line and keys, until the recording is asked to end. */
  watch(broker: Broker, recorder: Recorder, keys: Reader): void {
    const { simulate, sensors, intervalMs } = this.#config;
    const t = this.#t;
    const { signal } = this.#stop;
    this.#broker = broker;
    this.#recorder = recorder;
    this.#started = this.#clock.monotonic();
    this.#terminal.log(t.recordingTo(recorder.files.map(({ path }) => path).join(", ")));
    if (simulate) this.#terminal.log(t.simulating(sensors, intervalMs));
    void this.#showStatus();
    void this.#terminal.keys(keys, signal).then((quit) => quit && this.#stop.request());
    signal.addEventListener("abort", () => this.#terminal.detail(t.draining), { once: true });
  }

  /** The closing lines; only the status line goes where the recording never began. */
  async [Symbol.asyncDispose](): Promise<void> {
    const recorder = this.#recorder;
    const t = this.#t;
    this.#stop.request();
    if (recorder !== undefined) {
      const elapsed = this.#clock.monotonic() - this.#started;
      this.#terminal.log(t.summary(recorder.messages, elapsed));
      for (const { path, bytes } of recorder.files) {
        this.#terminal.log(t.summaryFile(path, bytes));
      }
      this.#terminal.log(t.ended);
    }
    await this.#terminal.close();
  }

  async #showStatus(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#terminal.status(this.#status());
      await this.#clock.sleep(STATUS_MS, signal);
    }
  }

  #status(): Status {
    const now = this.#clock.now();
    const time = this.#clock.monotonic();
    const messages = this.#recorder!.messages;
    const samples = this.#samples;
    samples.push({ time, messages });
    while (samples.length > 2 && time - samples[0]!.time > RATE_WINDOW_MS) samples.shift();
    const [first] = samples;
    const span = time - first!.time;
    const { lastTime } = this.#broker!.intake;
    return {
      broker: this.#address,
      topics: this.#config.topics,
      messages,
      ratePerSecond: span > 0 ? (messages - first!.messages) * 1000 / span : 0,
      files: this.#recorder!.files,
      lastMessageMs: lastTime === 0 ? undefined : Math.max(0, now - lastTime),
      state: this.#stalled ? "stalled" : this.#broker!.connected ? "connected" : "reconnecting",
    };
  }

  #sentence(event: Told): string | undefined {
    const t = this.#t;
    const because = (cause: unknown) => describeCause(cause, t);
    switch (event.type) {
      case "connected":
        return event.again
          ? t.reconnected(this.#address)
          : t.connected(this.#address, this.#config.topics.join(", "));
      case "disconnected":
        return t.disconnected(
          this.#address,
          event.cause === undefined ? "" : because(event.cause),
        );
      case "failed":
        this.#terminal.detail(t.retrying(describe(event.cause, t).split("\n")[0]!));
        return undefined;
      case "embedded":
        return event.started ? t.embeddedStarted(this.#address) : t.embeddedUnneeded(this.#address);
      case "torn":
        return t.torn(event.torn.path, event.torn.bytes, event.torn.tornPath);
      case "stalled":
        this.#stalled = true;
        return t.stalled(because(event.cause));
      case "resumed":
        this.#stalled = false;
        return t.resumed;
    }
  }
}
