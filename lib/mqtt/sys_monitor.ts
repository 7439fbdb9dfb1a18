/**
 * Reads the broker's own count of dropped messages over a separate connection: clean session, QoS
 * 0, no other subscription. Its failures affect only the gap log, where gaps then stay unproven.
 *
 * Mosquitto publishes its uptime every `sys_interval` (10 s by default), and the count when it has
 * changed. EMQX and VerneMQ count for each node, include messages without subscribers, and forbid
 * other clients to read it; NanoMQ, RabbitMQ and NATS publish no count.
 */

import { backoff } from "../system/clock.ts";
import type { DropReading } from "../message/drop_count.ts";
import { aborted } from "../system/aborted.ts";
import { DropHistory, type Readings } from "./drop_history.ts";
import type { Session } from "./packet_handler.ts";
import { Inbox } from "./inbox.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { end, open } from "./connection.ts";
import { isTakenForMain, type MainConnection, secondOptions } from "./second_connection.ts";
import { CONNECT_TIMEOUT_MS } from "./transport/connection_errors.ts";
import { deadline } from "../system/deadline.ts";
import type { Message } from "../message/message.ts";

const DROPPED = "$SYS/broker/publish/messages/dropped", UPTIME = "$SYS/broker/uptime";
/** Mosquitto's format: another broker may count something else under the same topic. */
const SECONDS = /^(\d+) seconds$/;

/**
 * The recording's connection must have lasted this long before: a short recording needs no count,
 * and an unstable connection must not get a second one beside it. What a small queue drops before the
 * first count has no row.
 */
const STEADY_MS = 6_000, POLL_MS = 1_000;
/** Wait before the next attempt: after a refusal, and after a success. */
const REFUSED = { minMs: 60_000, maxMs: 600_000 }, LOST = { minMs: 500, maxMs: 30_000 };
/** After a connection of this age the waits start from the minimum again. */
const LONG_LIFE_MS = 60_000;

export class SysMonitor implements AsyncDisposable {
  readonly #options: ConnectOptions;
  readonly #main: MainConnection;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #history: DropHistory;
  #connection: Omit<Connection, "refused"> | undefined;
  /** The next reading includes everything up to this moment on the monotonic clock. */
  #asked = -Infinity;

  /** Whether the broker publishes its count; undefined: not known yet. */
  counts: boolean | undefined;
  /**
   * Called with every reading.
   *
   * @param until Moment on the monotonic clock up to which it includes everything.
   */
  onReading: (reading: DropReading, until: number) => void = () => {};
  /** Called when the broker turns out to publish no count. */
  onNone: () => void = () => {};

  private constructor(
    options: ConnectOptions,
    main: MainConnection,
    signal: AbortSignal,
    isKnown: boolean,
  ) {
    this.#options = secondOptions(options, "mqttrecsys");
    this.#main = main;
    this.#history = new DropHistory(options.clock);
    if (signal.aborted) this.#stop.abort();
    else signal.addEventListener("abort", () => this.#stop.abort(), { once: true });
    this.#running = this.#run(isKnown ? 1 : STEADY_MS);
  }

  /**
   * Starts to read; never fails.
   *
   * @param options The options of the recording's connection.
   * @param signal Ends it.
   * @param isKnown Whether the broker has published its count before: then it connects at once.
   */
  static start(
    options: ConnectOptions,
    main: MainConnection,
    signal: AbortSignal,
    isKnown = false,
  ): SysMonitor {
    return new SysMonitor(options, main, signal, isKnown);
  }

  /** The last reading. */
  get last(): DropReading | undefined {
    return this.#history.last;
  }

  /** The last reading before a moment on the monotonic clock. */
  before(monotonic: number): DropReading | undefined {
    return this.#history.before(monotonic);
  }

  /** Requests that the next reading includes everything up to now. */
  ask(): void {
    const now = this.#options.clock.monotonic();
    const connection = this.#connection;
    void connection?.gate.confirmed(this.#stop.signal).then((read) => {
      if (read && connection === this.#connection) this.#asked = Math.max(this.#asked, now);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** @param firstMs Age of the recording's connection before the first attempt. */
  async #run(firstMs: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 0;; attempt++) {
      const steadyMs = attempt === 0 ? firstMs : STEADY_MS;
      while (this.#main.connectedMs < steadyMs && !signal.aborted) {
        await clock.sleep(POLL_MS, signal);
      }
      if (attempt === 0) {
        const session = this.#session({});
        if (await isTakenForMain(this.#options, session, this.#main, signal)) return this.#none();
      }
      if (signal.aborted) return;
      const began = clock.monotonic();
      await this.#read();
      if (this.counts === undefined) this.#none();
      if (clock.monotonic() - began > LONG_LIFE_MS) attempt = 0;
      await clock.sleep(backoff(attempt, Math.random, this.counts ? LOST : REFUSED), signal);
    }
  }

  #none(): void {
    this.counts = false;
    this.onNone();
  }

  /** Reads until the connection ends. */
  async #read(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    const readings: Readings = {};
    const session = this.#session(readings);
    let connection: Omit<Connection, "refused"> | undefined;
    try {
      connection = this.#connection = await open(
        this.#options,
        session,
        this.#main.version,
        true,
        signal,
      );
      const asked = clock.monotonic();
      const topics = { [DROPPED]: { qos: 0 }, [UPTIME]: { qos: 0 } } as const;
      await deadline(connection.client.subscribeAsync(topics), CONNECT_TIMEOUT_MS, clock);
      this.#asked = asked;
      // Retained messages come after SUBACK and before the next PINGRESP.
      await connection.gate.confirmed(signal);
      if (!this.#note(readings) && this.counts === undefined) this.#none();
      await Promise.race([connection.closed, aborted(signal)]);
    } catch {
      // A refused or lost connection is not reported.
    } finally {
      this.#connection = undefined;
      this.#asked = -Infinity;
      if (connection) {
        await end(connection, clock);
        connection.gate.destroy();
      }
    }
  }

  #session(readings: Readings): Session {
    const { clock } = this.#options;
    return {
      receiveQueue: new Inbox(clock, (message) => this.#take(message, readings)),
      incoming: new Set<number>(),
      now: () => clock.now(),
    };
  }

  #take({ topic, payload, retain }: Message, readings: Readings): void {
    const text = new TextDecoder().decode(payload);
    if (topic === DROPPED && /^\d+$/.test(text)) readings.dropped = Number(text);
    const [, seconds] = topic === UPTIME ? SECONDS.exec(text) ?? [] : [];
    if (seconds === undefined) return;
    readings.uptimeS = Number(seconds);
    if (!retain) void this.#tick(readings, this.#options.clock.monotonic());
  }

  /** Handles the broker's interval: the uptime comes first, then the figures that have changed. */
  async #tick(readings: Readings, monotonic: number): Promise<void> {
    const connection = this.#connection;
    const until = this.#asked;
    if (!await connection?.gate.confirmed(this.#stop.signal) || connection !== this.#connection) {
      return;
    }
    this.#asked = Math.max(this.#asked, monotonic);
    this.#history.backdate(readings.uptimeS!, monotonic);
    const reading = this.#note(readings, monotonic);
    if (reading) this.onReading(reading, until);
  }

  #note({ dropped, uptimeS }: Readings, came?: number): DropReading | undefined {
    if (dropped === undefined || uptimeS === undefined) return undefined;
    this.counts = true;
    return this.#history.add(dropped, uptimeS, came);
  }
}
