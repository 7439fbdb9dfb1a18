/** The broker as the recorder uses it: deliveries, publishing, and a connection that is kept up. */

import type { Session } from "./packet_handler.ts";
import { ReconnectingConnection } from "./reconnecting_connection.ts";
import type { Delivery } from "../message/delivery.ts";
import type { BrokerEvent } from "./connection_events.ts";
import { deadline } from "../system/deadline.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import { end, NO_SESSION } from "./connection.ts";
import type { ConnectOptions } from "./connect_options.ts";
import type { Message } from "../message/message.ts";
import { OverlapCopies } from "./overlap_copies.ts";
import { Publisher } from "./publisher.ts";
import { RetainedCopies } from "./retained_copies.ts";
import { MessageFilter, type MessageFilterOptions } from "./message_filter.ts";
import { OFFLINE } from "./status_topic.ts";
import { drain, endWhenQuiet, forgetSession } from "./session_end.ts";

/** Time limit for the acknowledgements of the last messages, and of the last status. */
const LAST_ACKS_MS = 500;
/** A broker that takes no acknowledgement for this long holds nobody up: it delivers again. */
const FLUSH_MS = 2_000;

export type BrokerOptions = ConnectOptions & MessageFilterOptions & {
  /** Messages to record in all. @default {no limit} */
  readonly count?: number | undefined;
  /** Records the properties of messages too. @default {false} */
  readonly properties?: boolean;
  /** Leaves the session on the broker at the end. @default {false} */
  readonly keepSession?: boolean;
  /**
   * Whether this recording probably starts again soon. An MQTT 3.1.1 session then stays, without
   * subscriptions, because only another connection would delete it. @default {never}
   */
  readonly isRestarted?: (() => boolean) | undefined;
  /** Whether an earlier run has seen this broker send a copy for each matching subscription. */
  readonly sentCopies?: boolean | undefined;
  /** Whether the broker and its sessions end with this program. @default {false} */
  readonly ephemeral?: boolean;
};

export class BrokerClient implements AsyncDisposable {
  readonly receiveQueue: ReceiveQueue;
  readonly #options: BrokerOptions;
  readonly #onEvent: (event: BrokerEvent) => void;
  readonly #session: Session;
  readonly #reconnecting: ReconnectingConnection;
  /** Whether the drain ended before the broker had delivered everything. */
  #undelivered = false;
  #draining = false;
  readonly #publisher: Publisher;
  readonly #provocation: { is: boolean };
  /** Start of the connection, on the monotonic clock. */
  #connectedAt = 0;

  private constructor(
    options: BrokerOptions,
    session: Session,
    publisher: Publisher,
    reconnecting: ReconnectingConnection,
    provocation: { is: boolean },
    onEvent: (event: BrokerEvent) => void,
  ) {
    this.#options = options;
    this.#provocation = provocation;
    this.#session = session;
    this.receiveQueue = session.receiveQueue;
    this.#reconnecting = reconnecting;
    this.#onEvent = onEvent;
    this.#publisher = publisher;
    reconnecting.onLost = () => publisher.detach();
    reconnecting.onBack = () => {
      this.#connectedAt = options.clock.monotonic();
      const { connection } = reconnecting;
      publisher.attach({ ...connection, send: (bytes) => connection.gate.send(bytes) });
    };
    reconnecting.onBack();
    void reconnecting.ended().then(() => this.receiveQueue.end());
  }

  /**
   * Connects and subscribes.
   *
   * @throws {BrokerError} The broker cannot be reached, refuses, or grants less than was asked.
   */
  static async connect(
    options: BrokerOptions,
    onEvent: (event: BrokerEvent) => void = () => {},
    signal?: AbortSignal,
  ): Promise<BrokerClient> {
    const receiveQueue = new ReceiveQueue(options.clock);
    receiveQueue.wanted = options.count ?? Infinity;
    const messageFilter = new MessageFilter(options);
    const publisher = new Publisher();
    const session: Session = {
      receiveQueue,
      publisher,
      messageFilter: messageFilter.isAll ? undefined : messageFilter,
      copies: OverlapCopies.of(options),
      retainedCopies: new RetainedCopies(options.topics),
      incoming: new Set(),
      properties: options.properties,
      now: () => options.clock.now(),
    };
    const provocation = { is: false };
    const all = { ...options, isProvoked: () => provocation.is };
    const reconnecting = await ReconnectingConnection.open(all, session, onEvent, signal);
    return new BrokerClient(options, session, publisher, reconnecting, provocation, onEvent);
  }

  /** Messages left out because they are longer than `--max-payload`. */
  get tooLong(): number {
    return this.#session.messageFilter?.tooLong ?? 0;
  }

  /**
   * Whether the broker is proven to send a copy for each matching subscription; undefined: none
   * overlap.
   */
  get sendsCopies(): boolean | undefined {
    return this.#session.copies?.proven;
  }

  /** When the broker last sent anything, ms since the epoch. */
  get lastHeard(): number {
    return this.#reconnecting.connection.gate.lastHeard;
  }

  /** Whether the broker is connected. */
  get connected(): boolean {
    return this.#reconnecting.connected;
  }

  /** Age of the connection, in ms; 0 while there is none. */
  get connectedMs(): number {
    return this.connected ? this.#options.clock.monotonic() - this.#connectedAt : 0;
  }

  /** Whether a second connection of ours may be taking over this one. */
  get provoked(): boolean {
    return this.#provocation.is;
  }

  set provoked(is: boolean) {
    this.#provocation.is = is;
  }

  /** The MQTT protocol level of the connection: 4 is 3.1.1. */
  get version(): 4 | 5 {
    return this.#reconnecting.connection.version;
  }

  /** Ends the connection; the session stays, and the next connection follows. */
  async reconnect(): Promise<void> {
    await this.#reconnecting.renew();
  }

  /** Resolves with true once the broker answers; `signal` ends the wait. */
  async answers(signal: AbortSignal): Promise<boolean> {
    return await this.#reconnecting.connection.gate.confirmed(signal);
  }

  /**
   * Batches until `signal` aborts. Then it unsubscribes and receives messages under way, so that a
   * wanted end loses nothing that was published before it.
   */
  async *deliveries(signal: AbortSignal): AsyncGenerator<Delivery, void, unknown> {
    const onAbort = () => void this.#drain();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    if (this.#options.retained === "only") {
      void endWhenQuiet(this.#reconnecting, this.receiveQueue, this.#options.clock, signal);
    }
    try {
      for await (const delivery of this.receiveQueue.deliveries()) {
        yield delivery;
        if (this.receiveQueue.wanted <= 0) this.receiveQueue.end();
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (this.#reconnecting.fatal !== undefined) throw this.#reconnecting.fatal;
  }

  /**
   * Publishes: resolves when the message is queued for sending (QoS 0), or acknowledged by the
   * broker (QoS 1, 2). Waits while the connection is lost or the broker is slow.
   *
   * @throws {BrokerError} The broker refuses the message.
   */
  publish(message: Message): Promise<void> {
    return this.#publisher.publish(message);
  }

  /**
   * Sends pending messages, deletes the session on the broker, closes. Keeps a session with
   * messages for us, which could not be written or did not come in time: the next run gets them.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const reconnecting = this.#reconnecting;
    reconnecting.stop();
    this.receiveQueue.end();
    const { client, gate, version } = reconnecting.connection;
    const { clock, keepSession = false, sessionExpiryS = 1, ephemeral, retained } = this.#options;
    const { connected, takenOver, status } = reconnecting;
    const published = this.#publisher.end();
    if (connected) await deadline(published, LAST_ACKS_MS, clock).catch(() => {});
    const takes = connected &&
      await deadline(gate.flush(), FLUSH_MS, clock).then(() => true, () => false);
    // A broker that went away during the drain may still have messages.
    const undelivered = this.#undelivered || takes !== connected || this.#draining && !connected ||
      this.receiveQueue.unacknowledged || reconnecting.fatal !== undefined ||
      retained !== "only" && this.receiveQueue.backlog.undelivered;
    // A broker that is away still has the session.
    const keep = keepSession || undelivered || !connected;
    if (takes) {
      // A DISCONNECT deletes the will [MQTT-3.14.4-3].
      if (status) {
        const offline = status.publish(reconnecting.connection, OFFLINE);
        await deadline(offline, LAST_ACKS_MS, clock).catch(() => {});
      }
      await end(reconnecting.connection, clock, version === 5 && !keep ? NO_SESSION : undefined);
      const forget = version === 4 && !keep && !this.#options.isRestarted?.();
      if (forget) await forgetSession(this.#options, this.#session);
    } else {
      client.end(true);
    }
    gate.destroy();
    await reconnecting.ended();
    this.#onEvent({
      type: "left",
      kept: keep && sessionExpiryS > 0 && !ephemeral,
      undelivered,
      takenOver,
    });
  }

  async #drain(): Promise<void> {
    this.#reconnecting.leaving = true;
    if (this.connected && !this.#options.keepSession) {
      this.#draining = true;
      this.#undelivered = !await drain(this.#reconnecting, this.receiveQueue, this.#options);
      this.#draining = false;
    }
    // Later messages stay unacknowledged: the session keeps them for the next run.
    this.receiveQueue.wanted = 0;
    this.receiveQueue.end();
  }
}
