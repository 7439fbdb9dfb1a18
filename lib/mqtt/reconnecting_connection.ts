/** A connection that comes back: reconnects with backoff for as long as it takes, and says so. */

import { aborted } from "../system/aborted.ts";
import type { ConnectionEvent } from "./connection_events.ts";
import type { Session } from "./packet_handler.ts";
import { BrokerError } from "../locale/errors.ts";
import { establish, leaveAsFound } from "./establish.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { codeOf, isSilent, isUnwanted } from "./transport/connection_errors.ts";
import { ReconnectDelay, TROUBLED_MS } from "./reconnect_delay.ts";
import { StatusTopic } from "./status_topic.ts";
import { refusalError } from "./subscription_answers.ts";
import { subscribe, SubscriptionError } from "./subscription.ts";
import { TAKEN_OVER, Takeover } from "./takeover.ts";

/** Before refused filters are asked for again. */
const RESUBSCRIBE_MS = 30_000;
/** Ends of a connection that the broker may never have known of: it may have been away before. */
const CUT = new Set<unknown>(["ETIMEDOUT", "ECONNRESET", "EPIPE"]);

export class ReconnectingConnection {
  readonly #options: ConnectOptions;
  readonly #session: Session;
  readonly #onEvent: (event: ConnectionEvent) => void;
  readonly #running: Promise<void>;
  readonly #stop = new AbortController();
  readonly #takeover: Takeover;
  readonly #delay = new ReconnectDelay();
  #connection: Connection;
  /** When the connection was made, and when the last one was lost that had lasted. */
  #since: number;
  #lostAt: number | undefined;
  #toldTrouble = false;
  /** Called when the connection is lost, and when it is back, before that is told. */
  onLost: () => void = () => {};
  onBack: () => void = () => {};

  /** Whether the broker is connected. */
  connected = true;
  /** A connection that is lost is not brought back any more. */
  leaving = false;
  /** The status message, if there is one. */
  readonly status: StatusTopic | undefined;
  /** What ended it for good, if anything did. */
  fatal: unknown;
  /** Whether another client with our client id did. */
  takenOver = false;

  private constructor(
    options: ConnectOptions,
    session: Session,
    connection: Connection,
    onEvent: (event: ConnectionEvent) => void,
  ) {
    this.#options = options;
    this.#session = session;
    this.#takeover = new Takeover(options, session);
    this.status = options.status;
    this.#connection = connection;
    this.#since = options.clock.monotonic();
    this.#onEvent = onEvent;
    this.#running = this.#run();
  }

  /**
   * Connects and subscribes.
   *
   * @throws {BrokerError} The broker cannot be reached, refuses, or grants less than was asked.
   */
  static async open(
    options: ConnectOptions,
    session: Session,
    onEvent: (event: ConnectionEvent) => void,
    signal?: AbortSignal,
  ): Promise<ReconnectingConnection> {
    const { statusTopic, clock } = options;
    const status = statusTopic === undefined
      ? undefined
      : new StatusTopic(statusTopic, clock, onEvent);
    options = { ...options, status };
    const connection = await establish(
      options,
      session,
      undefined,
      signal,
      session.receiveQueue.filled(),
    );
    const { version, resumed, grantedExpiryS, refused, ambiguous } = connection;
    const [refusal] = refused;
    if (refusal) {
      await leaveAsFound(connection, options.clock);
      throw refusalError(refusal);
    }
    const event = { version, resumed, refused, grantedExpiryS, ambiguous: ambiguous ?? [] };
    onEvent({ type: "connected", again: false, ...event });
    return new ReconnectingConnection(options, session, connection, onEvent);
  }

  /** The connection of this moment, or the last one. */
  get connection(): Connection {
    return this.#connection;
  }

  /** No more reconnecting. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when the last connection is gone: stopped, or `fatal` says why. */
  async ended(): Promise<void> {
    await this.#running;
    await this.#takeover.endedToo();
  }

  /** Watches the connection and brings it back for as long as it takes. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const { closed, gate } = this.#connection;
      const ended = Promise.race([closed.then((cause) => ({ cause })), aborted(signal)]);
      if (await this.#refusedLate()) return;
      const end = this.#connection.refused.length > 0 ? await this.#askAgain(ended) : await ended;
      const cause = end?.cause;
      this.connected = false;
      if (!signal.aborted) this.onLost();
      if (signal.aborted || this.leaving) return;
      // One that fell silent was gone before that was noticed.
      const lostAt = CUT.has(codeOf(cause)) ? gate.lastHeard : clock.now();
      this.#delay.ended(clock.monotonic() - this.#since, isSilent(cause));
      if (this.#delay.lasted) this.#toldTrouble = false;
      if (this.#delay.lasted || this.#lostAt === undefined) this.#lostAt = lostAt;
      if (codeOf(cause) === TAKEN_OVER) return this.#giveWay(cause);
      this.#onEvent({ type: "disconnected", cause, since: lostAt, final: false });
      if (await this.#takeover.endedToo(signal)) this.#delay.excuse();
      const doubtful = this.#delay.isDoubtful;
      const connection = await this.#reconnect();
      if (connection === undefined) return;
      this.#since = clock.monotonic();
      this.#connection = connection;
      this.connected = true;
      this.onBack();
      if (this.#delay.isUneasy) this.#takeover.hold(connection.version);
      const { version, resumed, refused, grantedExpiryS } = connection;
      const state = { version, resumed, refused, grantedExpiryS };
      this.#onEvent({ type: "connected", again: true, doubtful, ...state });
    }
  }

  /** Another client has our id: two that threw each other out would both record half. */
  #giveWay(cause: unknown): void {
    const { clientId, clock } = this.#options;
    this.takenOver = true;
    // What came since then may have gone to the other one.
    this.#onEvent({ type: "disconnected", cause, since: this.#lostAt ?? clock.now(), final: true });
    this.fatal = new BrokerError((t) => t.takenOver(clientId), { final: true });
  }

  /** Whether the first SUBACK came behind a backlog, and refuses: as if it had come at once. */
  async #refusedLate(): Promise<boolean> {
    // One that does not come ends the connection.
    const [refusal] = await this.#connection.subscribing?.catch(() => []) ?? [];
    if (refusal) this.fatal = refusalError(refusal);
    return refusal !== undefined;
  }

  /** The next connection; undefined when there is none to be had any more. */
  async #reconnect(): Promise<Connection | undefined> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    const delay = this.#delay;
    const { version } = this.#connection;
    if (delay.isSuspicious) {
      const proven = await this.#takeover.examine(version, signal);
      if (signal.aborted) return undefined;
      if (proven) return void this.#giveWay(undefined);
      delay.examined();
    } else if (delay.isTroubled && !this.#toldTrouble) {
      this.#toldTrouble = true;
      this.#onEvent({ type: "troubled", everyMs: TROUBLED_MS });
    }
    let waitMs = delay.nextMs(Math.random);
    for (let told: string | undefined;;) {
      await clock.sleep(waitMs, signal);
      if (signal.aborted) return undefined;
      try {
        return await establish(this.#options, this.#session, version, signal);
      } catch (cause) {
        if (signal.aborted) return undefined;
        const unsubscribed = cause instanceof SubscriptionError;
        const how = isUnwanted(cause) ? "unwanted" : unsubscribed ? "unsubscribed" : "away";
        delay.failed(how);
        if (how === "away") this.#lostAt = undefined;
        waitMs = delay.nextMs(Math.random);
        const reason = how === "away" ? told : String(cause);
        const news = reason !== told;
        told = reason;
        if (how === "unwanted" && news) this.#onEvent({ type: "unwanted", cause, nextMs: waitMs });
        else this.#onEvent({ type: "failed", cause, news });
      }
    }
  }

  /** Asks for refused filters now and then, until the connection `ended` or none is refused. */
  async #askAgain<T>(ended: Promise<T>): Promise<T> {
    const timer = new AbortController();
    const late = {};
    try {
      for (;;) {
        const sleep = this.#options.clock.sleep(RESUBSCRIBE_MS, timer.signal).then(() => late);
        const first = await Promise.race([ended, sleep]);
        if (first !== late) return first as T;
        this.#session.retainedCopies?.subscribing();
        const refused = await subscribe(this.#connection, this.#options).catch(() => undefined);
        if (refused === undefined) continue;
        this.#onEvent({ type: "subscribed", refused });
        if (refused.length === 0) return await ended;
      }
    } finally {
      timer.abort();
    }
  }
}
