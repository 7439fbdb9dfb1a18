/** The broker as the recorder sees it: deliveries, publishing, and a connection that comes back. */

import type { Session } from "./ack_gate.ts";
import { backoff } from "./clock.ts";
import { BrokerError } from "./errors.ts";
import { type Delivery, Intake } from "./intake.ts";
import { end, establish, type Link, type LinkOptions, open } from "./link.ts";
import type { Message } from "./message.ts";

/** A drain ends when nothing came for this long, and in any case after the second figure. */
const DRAIN_QUIET_MS = 150, DRAIN_MAX_MS = 1_500;
/** Before a publish that failed is tried again. */
const RETRY_MS = 50;
/** Reason code of a DISCONNECT: another client came with our client id [MQTT-3.1.4-3]. */
const TAKEN_OVER = "0x8e";

/** What happens to the connection, for the terminal (and whoever else must know). */
export type BrokerEvent =
  | { readonly type: "connected"; readonly resumed: boolean; readonly again: boolean }
  | { readonly type: "disconnected"; readonly cause: unknown }
  | { readonly type: "failed"; readonly cause: unknown };

/** `count`: no more messages than this are taken. */
export type BrokerOptions = LinkOptions & { readonly count?: number | undefined };

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
    tell({ type: "connected", resumed: link.resumed, again: false });
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
   * Sends what waits, ends the session on the broker, closes. A session with messages that could
   * not be written is left there: the next run gets them again.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.intake.end();
    const { client, gate, version } = this.#link;
    const keep = this.intake.unacknowledged;
    if (this.connected) {
      await gate.flush();
      await end(client, version === 5 && !keep ? { sessionExpiryInterval: 0 } : undefined);
      if (version === 4 && !keep) await this.#forgetSession();
    } else {
      client.end(true);
    }
    gate.destroy();
    await this.#running;
  }

  /** MQTT 3.1.1 ends a session only by connecting once more with the clean flag [MQTT-3.1.2-6]. */
  async #forgetSession(): Promise<void> {
    try {
      const link = await open(this.#options, { ...this.#session, intake: new Intake() }, 4, true);
      await end(link.client);
      link.gate.destroy();
    } catch {
      // The broker went away with the session; nothing is left to forget.
    }
  }

  async #drain(): Promise<void> {
    const { clock, topics } = this.#options;
    this.#draining = true;
    if (this.connected) {
      // Not awaited: the acknowledgement comes behind the messages under way.
      this.#link.client.unsubscribeAsync([...topics]).catch(() => {});
      const start = clock.monotonic();
      let received = -1;
      while (
        this.connected && received !== this.intake.received &&
        clock.monotonic() - start < DRAIN_MAX_MS
      ) {
        received = this.intake.received;
        await clock.sleep(DRAIN_QUIET_MS);
      }
    }
    this.intake.end();
  }

  /** Watches the connection and brings it back for as long as it takes. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const cause = await Promise.race([this.#link.closed, aborted(signal)]);
      this.connected = false;
      for (const giveUp of this.#publishing) giveUp(new Error("connection lost"));
      // On the way out nobody is kept waiting for a broker that went away.
      if (signal.aborted || this.#draining) return;
      if ((cause as { code?: unknown } | undefined)?.code === TAKEN_OVER) {
        // Two recorders that reconnect would throw each other out for ever.
        const { clientId } = this.#options;
        this.fatal = new BrokerError((t) => t.takenOver(clientId), { final: true });
        this.intake.end();
        return;
      }
      this.#tell({ type: "disconnected", cause });
      for (let attempt = 0; !this.connected; attempt++) {
        const waitMs = backoff(attempt, Math.random);
        await clock.sleep(waitMs, signal);
        if (signal.aborted) return;
        try {
          this.#link = await establish(this.#options, this.#session, this.#version, signal);
          this.connected = true;
          this.#back.resolve();
          this.#back = Promise.withResolvers();
          this.#tell({ type: "connected", resumed: this.#link.resumed, again: true });
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof BrokerError && error.final) {
            this.fatal = error;
            this.intake.end();
            return;
          }
          this.#tell({ type: "failed", cause: error });
        }
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
