/** A connection that is kept up: reconnects with backoff for as long as it takes. */

import { aborted } from "../system/aborted.ts";
import type { ConnectionEvent } from "./connection_events.ts";
import type { Session } from "./packet_handler.ts";
import { BrokerError } from "../locale/errors.ts";
import { end } from "./connection.ts";
import { establish, leaveAsFound } from "./establish.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { codeOf, isLasting, isSilent, isUnwanted } from "./transport/connection_errors.ts";
import { isLate, saidGoodbye } from "./transport/cut_codes.ts";
import { firstConnection } from "./first_connection.ts";
import { isNear, NEAR_MS } from "./near.ts";
import { ReconnectDelay, TROUBLED_MS } from "./reconnect_delay.ts";
import { isMalformed } from "./packets/properties.ts";
import { StatusTopic } from "./status_topic.ts";
import { Downgrades, grantsNothing, refusalError } from "./subscription_answers.ts";
import { subscribe, SubscriptionError } from "./subscription.ts";
import { TAKEN_OVER, Takeover } from "./takeover.ts";

/** Interval of requests for refused filters. */
const RESUBSCRIBE_MS = 30_000;

export class ReconnectingConnection {
  readonly #options: ConnectOptions;
  readonly #session: Session;
  readonly #onEvent: (event: ConnectionEvent) => void;
  readonly #running: Promise<void>;
  readonly #stop = new AbortController();
  readonly #takeover: Takeover;
  readonly #delay: ReconnectDelay;
  #connection: Connection;
  /** When the connection was made, and when the last stable one was lost. */
  #since: number;
  #lostAt: number | undefined;
  #troubleReported = false;
  /** Whether this program has ended the connection to make another one. */
  #renewed = false;
  readonly #downgrades = new Downgrades();
  /** Called when the connection is lost, and when it is back, before the event. */
  onLost: () => void = () => {};
  onBack: () => void = () => {};

  /** Whether the broker is connected. */
  connected = true;
  /** Whether a lost connection stays lost. */
  leaving = false;
  /** The status message, if there is one. */
  readonly status: StatusTopic | undefined;
  /** The error that ended it for good, if there was one. */
  fatal: unknown;
  /** Whether another client with our client id ended it. */
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
    this.#delay = new ReconnectDelay(isNear(options.host) ? NEAR_MS : undefined);
    this.status = options.status;
    this.#connection = connection;
    this.#since = options.clock.monotonic();
    this.#onEvent = onEvent;
    this.#downgrades.note(connection.refused);
    this.#running = this.#run();
  }

  /**
   * Connects and subscribes.
   *
   * @throws {BrokerError} The broker cannot be reached, or refuses us or every filter.
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
    const connect = () =>
      establish(options, session, undefined, signal, session.receiveQueue.filled());
    const connection = await firstConnection(connect, options, onEvent, signal);
    const { version, unanswered5, resumed, grantedExpiryS, refused, ambiguous } = connection;
    if (grantsNothing(refused, options.topics)) {
      await leaveAsFound(connection, options.clock);
      throw refusalError(refused[0]!);
    }
    const event = { version, unanswered5, resumed, refused, grantedExpiryS };
    onEvent({ type: "connected", again: false, ambiguous: ambiguous ?? [], ...event });
    return new ReconnectingConnection(options, session, connection, onEvent);
  }

  /** The current connection, or the last one. */
  get connection(): Connection {
    return this.#connection;
  }

  /** Ends the connection; the session stays, and the next connection follows. */
  async renew(): Promise<void> {
    if (!this.connected) return;
    this.#renewed = true;
    await end(this.#connection, this.#options.clock);
  }

  /** Stops reconnecting. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when the last connection has ended: stopped, or with a `fatal` error. */
  async ended(): Promise<void> {
    await this.#running;
    await this.#takeover.endedToo();
  }

  /** Waits for the end of each connection and makes the next one. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const { closed, gate } = this.#connection;
      const ended = Promise.race([closed.then((cause) => ({ cause })), aborted(signal)]);
      if (await this.#refusedLate()) return;
      const ending = this.#connection.refused.some((refusal) => this.#downgrades.mayChange(refusal))
        ? await this.#requestRefused(ended)
        : await ended;
      const renewed = this.#renewed;
      this.#renewed = false;
      const cause = ending?.cause;
      this.connected = false;
      if (!signal.aborted) this.onLost();
      if (signal.aborted || this.leaving) return;
      // A silent connection was lost before that was noticed.
      const noticed = isLate(codeOf(cause)) ? gate.lastHeard : clock.now();
      // A broker that ends without a word takes with it what waited.
      const lostAt = saidGoodbye(cause) ? noticed : Math.min(noticed, gate.clearAt);
      const livedMs = renewed ? Infinity : clock.monotonic() - this.#since;
      this.#delay.ended(livedMs, isSilent(cause));
      if (this.#delay.lasted) this.#troubleReported = false;
      if (this.#delay.lasted || this.#lostAt === undefined) this.#lostAt = lostAt;
      if (codeOf(cause) === TAKEN_OVER) return this.#giveWay(cause);
      this.#onEvent({ type: "disconnected", cause, since: lostAt, final: false, renewed });
      if (await this.#takeover.endedToo(signal)) this.#delay.excuse();
      const doubtful = this.#delay.isDoubtful;
      const connection = await this.#reconnect();
      if (connection === undefined) return;
      this.#since = clock.monotonic();
      this.#connection = connection;
      this.connected = true;
      this.onBack();
      if (this.#delay.needsProbe) this.#takeover.hold(connection.version);
      const { version, resumed, refused, grantedExpiryS } = connection;
      const state = { version, resumed, refused, grantedExpiryS };
      this.#onEvent({ type: "connected", again: true, doubtful, ...state });
    }
  }

  /** Ends for good: two clients with one id would disconnect each other and record half each. */
  #giveWay(cause: unknown): void {
    const { clientId, clock } = this.#options;
    this.takenOver = true;
    // Messages since then may have gone to the other client.
    this.#onEvent({ type: "disconnected", cause, since: this.#lostAt ?? clock.now(), final: true });
    this.fatal = new BrokerError((t) => t.takenOver(clientId), { final: true });
  }

  /** Whether a first SUBACK that came after a backlog refuses every filter: an error, as at once. */
  async #refusedLate(): Promise<boolean> {
    // A SUBACK that does not come ends the connection.
    const refused = await this.#connection.subscribing?.catch(() => []) ?? [];
    if (refused.length === 0) return false;
    if (grantsNothing(refused, this.#options.topics)) {
      this.fatal = refusalError(refused[0]!);
      return true;
    }
    this.#downgrades.note(refused);
    this.#connection = { ...this.#connection, refused };
    this.#onEvent({ type: "subscribed", refused, first: true });
    return false;
  }

  /** Makes the next connection; undefined if it must not reconnect any more. */
  async #reconnect(): Promise<Connection | undefined> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    const delay = this.#delay;
    const { version } = this.#connection;
    if (delay.needsExamination) {
      const proven = await this.#takeover.examine(version, signal);
      if (signal.aborted) return undefined;
      if (proven) return void this.#giveWay(undefined);
      delay.examined();
    } else if (delay.isTroubled && !this.#troubleReported) {
      this.#troubleReported = true;
      this.#onEvent({ type: "troubled", everyMs: TROUBLED_MS });
    }
    let waitMs = delay.nextMs(Math.random);
    for (let lastReason: string | undefined;;) {
      await clock.sleep(waitMs, signal);
      if (signal.aborted) return undefined;
      try {
        return await establish(this.#options, this.#session, version, signal);
      } catch (cause) {
        if (signal.aborted) return undefined;
        // The broker is there: the reason is told once, and the waits grow all the same.
        const isThere = cause instanceof SubscriptionError || isMalformed(cause);
        const how = isUnwanted(cause) ? "unwanted" : isThere ? "unsubscribed" : "away";
        delay.failed(how);
        if (how === "away") this.#lostAt = undefined;
        waitMs = delay.nextMs(Math.random);
        const reason = how === "away" && !isLasting(cause) ? lastReason : String(cause);
        const news = reason !== lastReason;
        lastReason = reason;
        if (how === "unwanted" && news) this.#onEvent({ type: "unwanted", cause, nextMs: waitMs });
        else this.#onEvent({ type: "failed", cause, news });
      }
    }
  }

  /** Requests refused filters at intervals, until the connection `ended` or all are granted. */
  async #requestRefused<T>(ended: Promise<T>): Promise<T> {
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
        if (!refused.some((refusal) => this.#downgrades.mayChange(refusal))) return await ended;
      }
    } finally {
      timer.abort();
    }
  }
}
