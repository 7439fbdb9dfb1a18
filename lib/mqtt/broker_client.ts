/** The broker as the recorder sees it: deliveries, publishing, and a connection that comes back. */

import type { Session } from "./packet_handler.ts";
import { type ConnectionEvent, ReconnectingConnection } from "./reconnecting_connection.ts";
import type { Delivery } from "../message/delivery.ts";
import { deadline } from "../system/deadline.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import { end, NO_SESSION, open } from "./connection.ts";
import type { ConnectOptions } from "./connect_options.ts";
import type { Message } from "../message/message.ts";
import { OverlapCopies } from "./overlap_copies.ts";
import { Publisher } from "./publisher.ts";
import { RetainedCopies } from "./retained_copies.ts";
import { MessageFilter, type MessageFilterOptions } from "./message_filter.ts";
import { qosOf } from "../config/subscription_options.ts";
import { OFFLINE } from "./status_topic.ts";
import { unsubscribe } from "./subscription.ts";
import { anyOverlap, planSubscriptions } from "./subscription_plan.ts";

/** A drain ends when nothing came for this long, and in any case after the second figure. */
const DRAIN_QUIET_MS = 150, DRAIN_MAX_MS = 1_500;
/** What no session keeps is waited for longer. */
const LAST_DRAIN_MS = 5_000;
/** The longest wait for acknowledgements of the last messages, and of the last status. */
const LAST_ACKS_MS = 500;
/** `--retained-only`: a broker that has anything left is not silent for so long. */
const QUIET_MS = 2_000;
/** What happens to the connection, for the terminal (and whoever else must know). */
export type BrokerEvent =
  | ConnectionEvent
  /** The end. `kept`: the session is still on the broker; `behind`: with messages for us. */
  | {
    readonly type: "left";
    readonly kept: boolean;
    readonly behind: boolean;
    readonly takenOver: boolean;
  };

export type BrokerOptions = ConnectOptions & MessageFilterOptions & {
  /** No more messages than this are taken. */
  readonly count?: number | undefined;
  /** The properties of messages are recorded too. @default {false} */
  readonly properties?: boolean;
  /** The end leaves the session on the broker. @default {false} */
  readonly keepSession?: boolean;
  /** An earlier run has seen this broker send a copy for each matching subscription. */
  readonly sentCopies?: boolean | undefined;
  /** The broker goes with this program, and its sessions with it. @default {false} */
  readonly ephemeral?: boolean;
};

export class BrokerClient implements AsyncDisposable {
  readonly receiveQueue: ReceiveQueue;
  readonly #options: BrokerOptions;
  readonly #onEvent: (event: BrokerEvent) => void;
  readonly #session: Session;
  readonly #reconnecting: ReconnectingConnection;
  /** The end came before everything the broker had for us. */
  #behind = false;
  #draining = false;
  readonly #publisher: Publisher;
  readonly #provocation: { is: boolean };
  /** On the monotonic clock. */
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
      copies: copiesOf(options),
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

  /** Messages left out because they are longer than was asked for. */
  get tooLong(): number {
    return this.#session.messageFilter?.tooLong ?? 0;
  }

  /** Whether it is known to send a copy for each matching subscription; undefined: none overlap. */
  get sendsCopies(): boolean | undefined {
    return this.#session.copies?.proven;
  }

  /** When the broker was last heard, ms since the epoch. */
  get lastHeard(): number {
    return this.#reconnecting.connection.gate.lastHeard;
  }

  /** Whether the broker is connected. */
  get connected(): boolean {
    return this.#reconnecting.connected;
  }

  /** For how long it has been connected, in ms; 0 while it is not. */
  get connectedMs(): number {
    return this.connected ? this.#options.clock.monotonic() - this.#connectedAt : 0;
  }

  /** Whether a second connection of ours may be taking the place of this one. */
  get provoked(): boolean {
    return this.#provocation.is;
  }

  set provoked(is: boolean) {
    this.#provocation.is = is;
  }

  /** The protocol version it speaks. */
  get version(): 4 | 5 {
    return this.#reconnecting.connection.version;
  }

  /** Whether the broker has answered; `signal` ends the wait. */
  async answers(signal: AbortSignal): Promise<boolean> {
    return await this.#reconnecting.connection.gate.confirmed(signal);
  }

  /**
   * Batches until `signal` aborts; then the broker is unsubscribed from and what is under way
   * still comes, so that a wanted end loses nothing that was published before it.
   */
  async *deliveries(signal: AbortSignal): AsyncGenerator<Delivery, void, unknown> {
    const drain = () => void this.#drain();
    if (signal.aborted) drain();
    else signal.addEventListener("abort", drain, { once: true });
    if (this.#options.retained === "only") void this.#endWhenQuiet(signal);
    try {
      for await (const delivery of this.receiveQueue.deliveries()) {
        yield delivery;
        if (this.receiveQueue.wanted <= 0) this.receiveQueue.end();
      }
    } finally {
      signal.removeEventListener("abort", drain);
    }
    if (this.#reconnecting.fatal !== undefined) throw this.#reconnecting.fatal;
  }

  /**
   * Publishes: resolves when the message is on its way (QoS 0), or acknowledged by the broker (1,
   * 2). While the connection is away, or the broker is slow to take more, waits for it.
   *
   * @throws {BrokerError} The broker refuses the message.
   */
  publish(message: Message): Promise<void> {
    return this.#publisher.publish(message);
  }

  /**
   * Sends what waits, ends the session on the broker, closes. A session that holds messages for us
   * (they could not be written, or did not come in time) is left there: the next run gets them.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const reconnecting = this.#reconnecting;
    reconnecting.stop();
    this.receiveQueue.end();
    const { client, gate, version } = reconnecting.connection;
    const { clock, keepSession = false, sessionExpiryS = 1, ephemeral } = this.#options;
    const { connected, takenOver, status } = reconnecting;
    // Of a broker that went while we waited for the rest nobody knows what it still has.
    const behind = this.#behind || this.#draining && !connected ||
      this.receiveQueue.unacknowledged ||
      reconnecting.fatal !== undefined;
    // A broker that is away has the session still.
    const keep = keepSession || behind || !connected;
    const published = this.#publisher.end();
    if (connected) {
      await deadline(published, LAST_ACKS_MS, clock).catch(() => {});
      await gate.flush();
      // [MQTT-3.14.4-3]: a DISCONNECT takes the will back.
      if (status) {
        const offline = status.publish(reconnecting.connection, OFFLINE);
        await deadline(offline, LAST_ACKS_MS, clock).catch(() => {});
      }
      await end(reconnecting.connection, clock, version === 5 && !keep ? NO_SESSION : undefined);
      if (version === 4 && !keep) await this.#forgetSession();
    } else {
      client.end(true);
    }
    gate.destroy();
    await reconnecting.ended();
    this.#onEvent({
      type: "left",
      kept: keep && sessionExpiryS > 0 && !ephemeral,
      behind,
      takenOver,
    });
  }

  /** MQTT 3.1.1 ends a session only by connecting once more with the clean flag [MQTT-3.1.2-6]. */
  async #forgetSession(): Promise<void> {
    try {
      const connection = await open(
        this.#options,
        { ...this.#session, receiveQueue: new ReceiveQueue() },
        4,
        true,
      );
      await end(connection, this.#options.clock);
      connection.gate.destroy();
    } catch {
      // The broker went away with the session; nothing is left to forget.
    }
  }

  /** Ends the deliveries once the broker has nothing retained any more. */
  async #endWhenQuiet(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted && this.#reconnecting.fatal === undefined) {
      const { connection } = this.#reconnecting;
      // What is retained follows the answer to SUBSCRIBE, and comes before the answer to PINGREQ.
      await connection.subscribing?.catch(() => {});
      const read = await connection.gate.confirmed(signal);
      const { messages } = connection.gate;
      await clock.sleep(QUIET_MS, signal);
      if (
        !read || connection !== this.#reconnecting.connection ||
        messages !== connection.gate.messages
      ) continue;
      this.receiveQueue.wanted = 0;
      return this.receiveQueue.end();
    }
  }

  async #drain(): Promise<void> {
    this.#reconnecting.leaving = true;
    if (this.connected && !this.#options.keepSession) {
      this.#draining = true;
      this.#behind = !await this.#empty();
      this.#draining = false;
    }
    // What still comes is left unacknowledged: the session keeps it for the next run.
    this.receiveQueue.wanted = 0;
    this.receiveQueue.end();
  }

  /** Unsubscribes and waits for what is under way; whether all of it came and was written. */
  async #empty(): Promise<boolean> {
    const { clock, topics, ephemeral } = this.#options;
    const { receiveQueue } = this;
    let answered = false;
    const { client, gate } = this.#reconnecting.connection;
    // A connection that is lost is no answer.
    unsubscribe(client, topics).then(() => answered = true, () => {});
    const timer = new AbortController();
    void clock.sleep(ephemeral ? LAST_DRAIN_MS : DRAIN_MAX_MS, timer.signal).then(() =>
      timer.abort()
    );
    try {
      while (this.connected && !timer.signal.aborted) {
        const { received } = receiveQueue;
        await clock.sleep(DRAIN_QUIET_MS);
        // A slow disk is no silence: behind what waits for it the broker may hold the rest.
        if (!answered || received !== receiveQueue.received || receiveQueue.unacknowledged) {
          continue;
        }
        // Nor is a long way: the rest may follow our last acknowledgement.
        if (!await gate.confirmed(timer.signal)) break;
        if (received === receiveQueue.received && !receiveQueue.unacknowledged) return true;
      }
    } finally {
      timer.abort();
    }
    return receiveQueue.wanted <= 0;
  }
}

/** What tells copies apart, of messages that a session has stored too; undefined: there are none. */
function copiesOf(options: BrokerOptions): OverlapCopies | undefined {
  const { topics, formerTopics = [] } = options;
  if (!anyOverlap(new Set([...topics, ...formerTopics]))) return undefined;
  const copies = new OverlapCopies(options.sentCopies);
  const former = formerTopics.map((topic) => ({ topic, qos: qosOf(options, topic) }));
  copies.plan(planSubscriptions(former, true).subscriptions, true);
  return copies;
}
