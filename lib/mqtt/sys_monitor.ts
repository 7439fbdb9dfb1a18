/**
 * Reads the broker's own count of dropped messages over a connection of its own: clean, at QoS 0,
 * with nothing else subscribed to. Whatever becomes of it is nobody's business but that of the gaps,
 * which stay unproven without it.
 *
 * Mosquitto publishes its uptime every `sys_interval` (10 s as installed), and the count beside it
 * when that has changed. EMQX and VerneMQ count by node of a cluster, with messages that nobody
 * subscribed to, and let no stranger read that; NanoMQ, RabbitMQ and NATS tell nothing.
 */

import { backoff, type Clock } from "../system/clock.ts";
import type { DropReading } from "../message/drop_count.ts";
import { aborted } from "../system/aborted.ts";
import { DropHistory, type Readings } from "./drop_history.ts";
import type { Session } from "./packet_handler.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { end, open } from "./connection.ts";
import { leaveAsFound } from "./establish.ts";
import { CONNECT_TIMEOUT_MS } from "./transport/connection_errors.ts";
import { deadline } from "../system/deadline.ts";
import type { Message } from "../message/message.ts";

const DROPPED = "$SYS/broker/publish/messages/dropped", UPTIME = "$SYS/broker/uptime";
/** Mosquitto's, and nobody else's: others may count something else under that name. */
const SECONDS = /^(\d+) seconds$/;

/**
 * The recording's own connection has to be there for so long first: a short recording does without,
 * and one that comes and goes has trouble enough.
 */
const STEADY_MS = 6_000, POLL_MS = 1_000;
/** Before the next try: after one that was refused, and where it has worked before. */
const REFUSED = { minMs: 60_000, maxMs: 600_000 }, LOST = { minMs: 500, maxMs: 30_000 };
/** After a connection that lived for so long the next try comes soon. */
const LONG_LIFE_MS = 60_000;
/** Takes messages as soon as they have been read, instead of one delivery after the other. */
class Inbox extends ReceiveQueue {
  readonly #take: (message: Message) => void;

  constructor(clock: Clock, take: (message: Message) => void) {
    super(clock);
    this.#take = take;
  }

  override notify(): void {
    super.notify();
    for (const message of this.batch) this.#take(message);
    this.batch.clear();
  }
}

/** The recording's own connection. */
export interface MainConnection {
  readonly version: 4 | 5;
  /** For how long it has been there, in ms; 0 while it is not. */
  readonly connectedMs: number;
  /** Whether this one may be taking its place: a broker may call all clients of a user the same. */
  provoked: boolean;
}

export class SysMonitor implements AsyncDisposable {
  readonly #options: ConnectOptions;
  readonly #main: MainConnection;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #history: DropHistory;
  #connection: Omit<Connection, "refused"> | undefined;
  /** Up to this moment the next reading counts everything, on the monotonic clock. */
  #asked = -Infinity;

  /** Whether the broker tells its count; undefined: not known yet. */
  counts: boolean | undefined;
  /**
   * Called with every reading.
   *
   * @param until Moment on the monotonic clock up to which it has counted everything.
   */
  onReading: (reading: DropReading, until: number) => void = () => {};
  /** Called when it is known that the broker does not tell its count. */
  onNone: () => void = () => {};

  private constructor(options: ConnectOptions, main: MainConnection, signal: AbortSignal) {
    const { statusTopic: _, status: __, ...remainder } = options;
    // Letters and digits, at most 23, are what every broker takes [MQTT-3.1.3-5].
    const number = crypto.getRandomValues(new Uint8Array(6)).toHex();
    this.#options = { ...remainder, clientId: `mqttrecsys${number}` };
    this.#main = main;
    this.#history = new DropHistory(options.clock);
    if (signal.aborted) this.#stop.abort();
    else signal.addEventListener("abort", () => this.#stop.abort(), { once: true });
    this.#running = this.#run();
  }

  /**
   * Begins to read, and never fails.
   *
   * @param options Those of the recording's own connection.
   * @param signal Ends it.
   */
  static start(options: ConnectOptions, main: MainConnection, signal: AbortSignal): SysMonitor {
    return new SysMonitor(options, main, signal);
  }

  /** What was read last. */
  get last(): DropReading | undefined {
    return this.#history.last;
  }

  /** What was read last before a moment on the monotonic clock. */
  before(monotonic: number): DropReading | undefined {
    return this.#history.before(monotonic);
  }

  /** The next reading is to count everything up to now. */
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

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 0;; attempt++) {
      while (this.#main.connectedMs < STEADY_MS && !signal.aborted) {
        await clock.sleep(POLL_MS, signal);
      }
      if (attempt === 0 && await this.#isTakenForMain()) return this.#none();
      if (signal.aborted) return;
      const began = clock.monotonic();
      await this.#read();
      if (this.counts === undefined) this.#none();
      if (clock.monotonic() - began > LONG_LIFE_MS) attempt = 0;
      await clock.sleep(backoff(attempt, Math.random, this.counts ? LOST : REFUSED), signal);
    }
  }

  /**
   * Whether the broker calls all clients of a user the same, whatever their id (Mosquitto's
   * `use_username_as_clientid`): then this one would throw the recording's connection out for ever.
   * Asked for its session, that shows in the answer, and what it holds is left to the recording.
   */
  async #isTakenForMain(): Promise<boolean> {
    const { username, material, clock } = this.#options;
    if (username === undefined && material?.cert === undefined) return false;
    const main = this.#main;
    main.provoked = true;
    try {
      const { signal } = this.#stop;
      const connection = await open(this.#options, this.#session({}), main.version, false, signal);
      await leaveAsFound(connection, clock);
      return connection.resumed;
    } catch {
      return false; // Said by nobody: it is tried again as it is.
    } finally {
      main.provoked = false;
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
      // Retained values follow the answer, and come before the next one.
      await connection.gate.confirmed(signal);
      if (!this.#note(readings) && this.counts === undefined) this.#none();
      await Promise.race([connection.closed, aborted(signal)]);
    } catch {
      // Refused, or lost: nobody needs to know.
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

  /** The broker has published its figures: those that have changed come right behind. */
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
