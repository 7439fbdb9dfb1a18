/** The broker as the recorder sees it: deliveries, publishing, and a connection that comes back. */

import type { Session } from "./ack_gate.ts";
import { backoff } from "./clock.ts";
import { BrokerError } from "./errors.ts";
import { type Delivery, Intake } from "./intake.ts";
import {
  end,
  establish,
  type Link,
  type LinkOptions,
  open,
  type Refusal,
  refusalError,
  subscribe,
} from "./link.ts";
import type { Message } from "./message.ts";

/** A drain ends when nothing came for this long, and in any case after the second figure. */
const DRAIN_QUIET_MS = 150, DRAIN_MAX_MS = 1_500;
/** Before a publish that failed is tried again. */
const RETRY_MS = 50;
/** Before a filter that was refused on a reconnect is asked for again. */
const RESUBSCRIBE_MS = 30_000;
/** Reason code of a DISCONNECT: another client came with our client id [MQTT-3.1.4-3]. */
const TAKEN_OVER = "0x8e";
/**
 * Mosquitto 2.0 closes without a word instead, and two recorders would throw each other out for
 * ever. A broker that takes us at the first try and drops us within this time, as often as this in
 * a row, does it for another client: one that restarts or is out of reach refuses in between.
 */
const SHORT_LIFE_MS = 5_000, SHORT_LIVES = 3;
const NO_SESSION = { sessionExpiryInterval: 0 };

/** What happens to the connection, for the terminal (and whoever else must know). */
export type BrokerEvent =
  | {
    readonly type: "connected";
    readonly resumed: boolean;
    readonly again: boolean;
    /** Filters that are not delivered as asked; only when `again`. */
    readonly refused: readonly Refusal[];
    /** How long the broker keeps the session, where it says so itself, in seconds. */
    readonly grantedExpiryS: number | undefined;
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
  | { readonly type: "failed"; readonly cause: unknown }
  /** The end. `kept`: the session is still on the broker; `behind`: with messages for us. */
  | {
    readonly type: "left";
    readonly kept: boolean;
    readonly behind: boolean;
    readonly takenOver: boolean;
  };

export type BrokerOptions = LinkOptions & {
  /** No more messages than this are taken. */
  readonly count?: number | undefined;
  /** The end leaves the session on the broker. @default {false} */
  readonly keepSession?: boolean;
};

export class Broker implements AsyncDisposable {
  readonly intake: Intake;
  readonly #options: BrokerOptions;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #session: Session;
  readonly #stop = new AbortController();
  #link: Link;
  #running: Promise<void>;
  #version: 4 | 5;
  #draining = false;
  /** The end came before everything the broker had for us. */
  #behind = false;
  #takenOver = false;
  #shortLives = 0;
  /**
   * Gives up the publishes under way. npm:mqtt keeps those of a lost connection for its own
   * reconnecting, which is not used here: they would never be settled.
   */
  readonly #publishing = new Set<(reason: Error) => void>();
  /** Replaced at each loss of the connection; resolves when it is back. */
  #back = Promise.withResolvers<void>();

  /** Whether the broker is connected. */
  connected = true;
  /** What ended the recording from the broker's side, if anything did. */
  fatal: unknown;

  private constructor(
    options: BrokerOptions,
    session: Session,
    link: Link,
    tell: (event: BrokerEvent) => void,
  ) {
    this.#options = options;
    this.#session = session;
    this.intake = session.intake;
    this.#link = link;
    this.#version = link.version;
    this.#tell = tell;
    this.#running = this.#run();
  }

  /**
   * Connects and subscribes.
   *
   * @throws {BrokerError} The broker cannot be reached, refuses, or grants less than was asked.
   */
  static async connect(
    options: BrokerOptions,
    tell: (event: BrokerEvent) => void = () => {},
    signal?: AbortSignal,
  ): Promise<Broker> {
    const intake = new Intake();
    intake.wanted = options.count ?? Infinity;
    const session: Session = {
      intake,
      incoming: new Set(),
      now: () => options.clock.now(),
    };
    const link = await establish(options, session, 5, signal);
    const { resumed, grantedExpiryS, refused } = link;
    const [refusal] = refused;
    if (refusal) {
      // A session with messages of an earlier run stays, one that was just made goes.
      await end(link, options.clock, link.version === 5 && !resumed ? NO_SESSION : undefined);
      link.gate.destroy();
      throw refusalError(refusal, options);
    }
    tell({ type: "connected", resumed, again: false, refused, grantedExpiryS });
    return new Broker(options, session, link, tell);
  }

  /**
   * Batches until `signal` aborts; then the broker is unsubscribed from and what is under way
   * still comes, so that a wanted end loses nothing that was published before it.
   */
  async *deliveries(signal: AbortSignal): AsyncGenerator<Delivery, void, unknown> {
    const drain = () => void this.#drain();
    if (signal.aborted) drain();
    else signal.addEventListener("abort", drain, { once: true });
    try {
      for await (const delivery of this.intake.deliveries()) {
        yield delivery;
        if (this.intake.wanted <= 0) this.intake.end();
      }
    } finally {
      signal.removeEventListener("abort", drain);
    }
    if (this.fatal !== undefined) throw this.fatal;
  }

  /**
   * Publishes and waits for the broker's acknowledgement (QoS 1 and 2). While the connection is
   * away, waits for it.
   */
  async publish(message: Message): Promise<void> {
    const { topic, payload, qos, retain } = message;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!this.connected) await Promise.race([this.#back.promise, aborted(signal)]);
      const lost = Promise.withResolvers<never>();
      this.#publishing.add(lost.reject);
      try {
        const published = this.#link.client.publishAsync(topic, payload as never, { qos, retain });
        await Promise.race([published, lost.promise]);
        return;
      } catch {
        // What #run is about to notice; it says so, and brings the connection back.
        await this.#options.clock.sleep(RETRY_MS, signal);
      } finally {
        this.#publishing.delete(lost.reject);
      }
    }
  }

  /**
   * Sends what waits, ends the session on the broker, closes. A session that holds messages for us
   * (they could not be written, or did not come in time) is left there: the next run gets them.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.intake.end();
    const { client, gate, version } = this.#link;
    const { clock, keepSession = false, sessionExpiryS = 1 } = this.#options;
    const behind = this.#behind || this.intake.unacknowledged || this.fatal !== undefined;
    // A broker that is away has the session still.
    const keep = keepSession || behind || !this.connected;
    if (this.connected) {
      await gate.flush();
      await end(this.#link, clock, version === 5 && !keep ? NO_SESSION : undefined);
      if (version === 4 && !keep) await this.#forgetSession();
    } else {
      client.end(true);
    }
    gate.destroy();
    await this.#running;
    const kept = keep && sessionExpiryS > 0;
    this.#tell({ type: "left", kept, behind, takenOver: this.#takenOver });
  }

  /** MQTT 3.1.1 ends a session only by connecting once more with the clean flag [MQTT-3.1.2-6]. */
  async #forgetSession(): Promise<void> {
    try {
      const link = await open(this.#options, { ...this.#session, intake: new Intake() }, 4, true);
      await end(link, this.#options.clock);
      link.gate.destroy();
    } catch {
      // The broker went away with the session; nothing is left to forget.
    }
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    if (this.connected && !this.#options.keepSession) this.#behind = !await this.#empty();
    // What still comes is left unacknowledged: the session keeps it for the next run.
    this.intake.wanted = 0;
    this.intake.end();
  }

  /** Unsubscribes and waits for what is under way; whether all of it came and was written. */
  async #empty(): Promise<boolean> {
    const { clock, topics } = this.#options;
    const { intake } = this;
    const start = clock.monotonic();
    let answered = false;
    const done = () => void (answered = true);
    this.#link.client.unsubscribeAsync([...topics]).then(done, done);
    while (this.connected) {
      const { received } = intake;
      await clock.sleep(DRAIN_QUIET_MS);
      // A slow disk is no silence: behind what waits for it the broker may hold the rest.
      if (answered && received === intake.received && !intake.unacknowledged) return true;
      if (clock.monotonic() - start > DRAIN_MAX_MS) break;
    }
    return intake.wanted <= 0;
  }

  /** Watches the connection and brings it back for as long as it takes. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    let since = clock.monotonic();
    while (!signal.aborted) {
      const { closed, gate } = this.#link;
      const ended = Promise.race([closed.then((cause) => ({ cause })), aborted(signal)]);
      const end = this.#link.refused.length > 0 ? await this.#askAgain(ended) : await ended;
      const cause = end?.cause;
      this.connected = false;
      for (const giveUp of this.#publishing) giveUp(new Error("connection lost"));
      // On the way out nobody is kept waiting for a broker that went away.
      if (signal.aborted || this.#draining) return;
      if (this.#isTakeover(cause, clock.monotonic() - since)) {
        const { clientId } = this.#options;
        this.#takenOver = true;
        this.#tell({ type: "disconnected", cause, since: clock.now(), final: true });
        this.#end(new BrokerError((t) => t.takenOver(clientId), { final: true }));
        return;
      }
      // One that fell silent was gone before the silence was noticed.
      const silent = codeOf(cause) === "ETIMEDOUT";
      this.#tell({
        type: "disconnected",
        cause,
        since: silent ? gate.lastHeard : clock.now(),
        final: false,
      });
      const link = await this.#reconnect();
      if (link === undefined) return;
      since = clock.monotonic();
      this.#link = link;
      this.connected = true;
      this.#back.resolve();
      this.#back = Promise.withResolvers();
      const { resumed, refused, grantedExpiryS } = link;
      this.#tell({ type: "connected", resumed, again: true, refused, grantedExpiryS });
    }
  }

  /** The next connection; undefined when there is none to be had any more. */
  async #reconnect(): Promise<Link | undefined> {
    const { signal } = this.#stop;
    for (let attempt = 0;; attempt++) {
      await this.#options.clock.sleep(backoff(attempt, Math.random), signal);
      if (signal.aborted) return undefined;
      try {
        return await establish(this.#options, this.#session, this.#version, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof BrokerError && error.final) {
          this.#end(error);
          return undefined;
        }
        this.#shortLives = 0;
        this.#tell({ type: "failed", cause: error });
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
        const refused = await subscribe(this.#link, this.#options).catch(() => undefined);
        if (refused === undefined) continue;
        this.#tell({ type: "subscribed", refused });
        if (refused.length === 0) return await ended;
      }
    } finally {
      timer.abort();
    }
  }

  #isTakeover(cause: unknown, livedMs: number): boolean {
    const code = codeOf(cause);
    if (code === TAKEN_OVER) return true;
    const silent = code === undefined || code === "ECONNRESET" || code === "EPIPE";
    this.#shortLives = silent && livedMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 0;
    return this.#shortLives >= SHORT_LIVES;
  }

  #end(error: unknown): void {
    this.fatal = error;
    this.intake.end();
  }
}

function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true })
  );
}
