/** A connection that comes back: reconnects with backoff for as long as it takes, and says so. */

import type { Session } from "./packet_handler.ts";
import { backoff } from "../system/clock.ts";
import { BrokerError } from "../locale/errors.ts";
import { type Connection, type ConnectOptions, establish, leaveAsFound } from "./connection.ts";
import { type Refusal, refusalError, subscribe } from "./subscription.ts";
import { codeOf, Takeover } from "./takeover.ts";

/** Before a filter that was refused on a reconnect is asked for again. */
const RESUBSCRIBE_MS = 30_000;
/** Ends of a connection that the broker may never have known of: it may have been away before. */
const CUT = new Set<unknown>(["ETIMEDOUT", "ECONNRESET", "EPIPE"]);

/** What happens to the connection. */
export type ConnectionEvent =
  /** `refused`: only when `again`; the first time they are an error. */
  | Pick<Connection, "version" | "resumed" | "refused" | "grantedExpiryS" | "ambiguous"> & {
    readonly type: "connected";
    readonly again: boolean;
  }
  /** Filters refused before were asked for again; `refused` are those that still are. */
  | { readonly type: "subscribed"; readonly refused: readonly Refusal[] }
  /** `since`: when the broker was last there, ms since the epoch; `final`: for good. */
  | {
    readonly type: "disconnected";
    readonly cause: unknown;
    readonly since: number;
    readonly final: boolean;
  }
  | { readonly type: "failed"; readonly cause: unknown };

export class ReconnectingConnection {
  readonly #options: ConnectOptions;
  readonly #session: Session;
  readonly #onEvent: (event: ConnectionEvent) => void;
  readonly #running: Promise<void>;
  readonly #stop = new AbortController();
  readonly #takeover: Takeover;
  #connection: Connection;
  /** Called when the connection is lost, before anything is said. */
  onLost: () => void = () => {};
  /** Called when it is back, likewise. */
  onBack: () => void = () => {};

  /** Whether the broker is connected. */
  connected = true;
  /** A connection that is lost is not brought back any more. */
  leaving = false;
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
    this.#connection = connection;
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
  }

  async #run(): Promise<void> {
    await using _ = this.#takeover;
    await this.#watch();
  }

  /** Watches the connection and brings it back for as long as it takes. */
  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    let since = clock.monotonic();
    while (!signal.aborted) {
      const { closed, gate } = this.#connection;
      const ended = Promise.race([closed.then((cause) => ({ cause })), aborted(signal)]);
      if (await this.#refusedLate()) return;
      const end = this.#connection.refused.length > 0 ? await this.#askAgain(ended) : await ended;
      const cause = end?.cause;
      this.connected = false;
      if (!signal.aborted) this.onLost();
      // On the way out nobody is kept waiting for a broker that went away.
      if (signal.aborted || this.leaving) return;
      // One that fell silent was gone before that was noticed.
      const lostAt = CUT.has(codeOf(cause)) ? gate.lastHeard : clock.now();
      if (await this.#takeover.suspect(cause, clock.monotonic() - since, signal)) {
        const { clientId } = this.#options;
        this.takenOver = true;
        // What came since then may have gone to the other one.
        this.#onEvent({ type: "disconnected", cause, since: this.#takeover.since, final: true });
        this.fatal = new BrokerError((t) => t.takenOver(clientId), { final: true });
        return;
      }
      this.#onEvent({ type: "disconnected", cause, since: lostAt, final: false });
      await this.#takeover.probe(this.#connection.version, signal);
      const connection = await this.#reconnect();
      if (connection === undefined) return;
      since = clock.monotonic();
      this.#connection = connection;
      this.connected = true;
      this.onBack();
      const { version, resumed, refused, grantedExpiryS } = connection;
      this.#onEvent({ type: "connected", again: true, version, resumed, refused, grantedExpiryS });
    }
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
    const { signal } = this.#stop;
    for (let attempt = 0;; attempt++) {
      // Two that throw each other out do it more and more slowly.
      const waitMs = backoff(attempt + this.#takeover.patience, Math.random);
      await this.#options.clock.sleep(waitMs, signal);
      if (signal.aborted) return undefined;
      try {
        return await establish(this.#options, this.#session, this.#connection.version, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof BrokerError && error.final) {
          this.fatal = error;
          return undefined;
        }
        await this.#takeover.forget();
        this.#onEvent({ type: "failed", cause: error });
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
        // Only for those: MQTT 3.1.1 sends retained messages anew with every subscription.
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

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true })
  );
}
