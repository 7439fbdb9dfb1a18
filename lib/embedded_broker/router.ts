/** The built-in broker's memory: who is there, who wants what, what is retained, who must wait. */

import type { Loss } from "./losses.ts";
import { ClientSession, type OnAcked, type SessionContext } from "./client_session.ts";
import type { Clock } from "../system/clock.ts";
import { deadline } from "../system/deadline.ts";
import type { Connect } from "./control_packets.ts";
import type { QoS } from "../message/message.ts";
import { TAKEN_OVER } from "./reason_codes.ts";
import { MAX_RETAINED, MAX_RETAINED_BYTES, RetainedMessages } from "./retained_messages.ts";
import type { StoredMessage } from "./stored_message.ts";
import { type Subscription, SubscriptionTree } from "./subscription_tree.ts";

/** Sessions of clients that are away; the longest away goes first. */
const MAX_ABSENT = 1_000;
/** With more bytes on their way to the recorder, whoever publishes waits. */
const MAX_AHEAD_BYTES = 4 * 1024 * 1024;
/** How often one looks for clients and sessions whose time is over, in ms. */
const SWEEP_MS = 1_000;

/** A connection that may fall silent. */
interface Watched {
  checkSilence(now: number): void;
}

export interface RouterOptions {
  readonly clock: Clock;
  /** Who is connected. */
  readonly clients: ReadonlySet<Watched>;
  readonly onLoss: (loss: Loss) => void;
}

export class Router implements SessionContext {
  readonly #clock: Clock;
  readonly #clients: ReadonlySet<Watched>;
  readonly #sessions = new Map<string, ClientSession>();
  readonly #absent = new Set<ClientSession>();
  readonly #tree = new SubscriptionTree<ClientSession>();
  readonly #retained = new RetainedMessages();
  readonly #end = new AbortController();
  readonly #swept: Promise<void>;
  #recorderId: string | undefined;
  #recorder: ClientSession | undefined;
  /** The recorder's own messages, whose acknowledgements wait for room. */
  #unacknowledged: OnAcked[] = [];
  #changed: PromiseWithResolvers<void> | undefined;

  /** Says what is lost. */
  readonly onLoss: (loss: Loss) => void;
  queuedBytes = 0;

  constructor({ clock, clients, onLoss }: RouterOptions) {
    this.#clock = clock;
    this.#clients = clients;
    this.onLoss = onLoss;
    this.#swept = this.#sweep();
  }

  readonly now = (): number => this.#clock.monotonic();

  /** Resolves with `promise`, or after `ms` milliseconds. */
  readonly withDeadline = async (ms: number, promise: Promise<unknown>): Promise<void> => {
    await deadline(promise, ms, this.#clock).catch(() => {});
  };

  /**
   * From here on what others publish with QoS 1 or 2 is acknowledged when that client has
   * acknowledged it, and what they publish waits while that client does not listen.
   */
  serve(clientId: string): void {
    this.#recorderId = clientId;
  }

  /** No wills any more, and nobody publishes. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#swept;
  }

  get isClosed(): boolean {
    return this.#end.signal.aborted;
  }

  /** Whether everything has reached the clients that are there. */
  get isIdle(): boolean {
    return [...this.#sessions.values()].every((session) => !session.line || session.isIdle);
  }

  /** The session of a client that connects; `isPresent`: it was there. */
  enter(clientId: string, clean: boolean): { session: ClientSession; isPresent: boolean } {
    void this.#sessions.get(clientId)?.line?.end(TAKEN_OVER);
    const former = this.#sessions.get(clientId);
    if (former && clean) this.#forget(former);
    else if (former) {
      this.#absent.delete(former);
      former.will = undefined; // [MQTT-3.1.3-9]
      return { session: former, isPresent: true };
    }
    const session = new ClientSession(clientId, this);
    this.#sessions.set(clientId, session);
    if (clientId === this.#recorderId) {
      this.#recorder = session;
      session.isRecorder = true;
    }
    return { session, isPresent: false };
  }

  /** A client is gone; a will that it took back is not there. */
  left(session: ClientSession, { will, willDelayS }: Pick<Connect, "will" | "willDelayS">): void {
    session.line = undefined;
    session.leftMs = this.now();
    const delayMs = Math.min(willDelayS, session.expiryS) * 1000;
    if (will) session.will = { message: will, dueMs: session.leftMs + delayMs };
    if (session.expiryS === 0) return this.#forget(session);
    if (delayMs === 0) this.#publishWill(session);
    this.#absent.add(session);
    if (this.#absent.size > MAX_ABSENT) {
      const [longest] = this.#absent;
      const { clientId, bytes } = longest!;
      if (bytes > 0) this.onLoss({ type: "overflow", clientId, bytes });
      this.#forget(longest!);
    }
  }

  /** Whether the client has no subscription to that filter yet. */
  subscribe(subscription: Subscription<ClientSession>): boolean {
    subscription.client.subscriptions.set(subscription.filter, subscription);
    return this.#tree.add(subscription);
  }

  unsubscribe(session: ClientSession, filter: string): boolean {
    session.subscriptions.delete(filter);
    return this.#tree.remove(session, filter);
  }

  /** Sends what is retained for a subscription that was just made. */
  deliverRetained(subscription: Subscription<ClientSession>): void {
    const { client, filter, qos, identifier } = subscription;
    if (filter.startsWith("$share/")) return;
    const subscriptionIds = identifier === undefined ? [] : [identifier];
    for (const message of this.#retained.matching(filter, this.now())) {
      const minQos = Math.min(qos, message.qos) as QoS;
      client.deliver({ message, qos: minQos, retain: true, subscriptionIds });
    }
  }

  /**
   * Sends a message to everybody who has subscribed.
   *
   * @param onAcked Called when it may be acknowledged, or never will be.
   */
  publish(message: StoredMessage, from: ClientSession | undefined, onAcked?: OnAcked): void {
    if (message.retain && !this.#retained.retain(message)) {
      this.onLoss({ type: "retainedFull", count: MAX_RETAINED, bytes: MAX_RETAINED_BYTES });
    }
    const receivers = new Map<ClientSession, Subscription<ClientSession>[]>();
    for (const found of this.#tree.matching(message.topic, ({ line }) => line !== undefined)) {
      if (found.noLocal && found.client === from) continue;
      const others = receivers.get(found.client);
      if (others) others.push(found);
      else receivers.set(found.client, [found]);
    }
    let isHeld = false;
    for (const [client, subscriptions] of receivers) {
      const granted = Math.max(...subscriptions.map(({ qos }) => qos));
      const qos = Math.min(granted, message.qos) as QoS;
      const retain = message.retain && subscriptions.some((each) => each.retainAsPublished);
      const subscriptionIds = subscriptions.flatMap(({ identifier }) => identifier ?? []);
      const holds = client === this.#recorder && client !== from && qos > 0;
      client.deliver({
        message,
        qos,
        retain,
        subscriptionIds,
        onAcked: holds ? onAcked : undefined,
      });
      isHeld ||= holds;
    }
    if (isHeld || onAcked === undefined) return;
    // One that waited for the recorder would never get more than one message to the disk at once.
    if (from === this.#recorder && this.#isFull) this.#unacknowledged.push(onAcked);
    else onAcked(true);
  }

  /** Whether a message of that client must not be taken yet. */
  mustWait(from: ClientSession): boolean {
    if (this.isClosed) return true;
    if (this.#recorderId === undefined) return false;
    const recorder = this.#recorder;
    if (from === recorder) return (recorder.line?.sendBuffer.pending ?? 0) > MAX_AHEAD_BYTES;
    return !recorder?.line || recorder.subscriptions.size === 0 || this.#isFull;
  }

  /** Resolves when who waits should look again. */
  changed(): Promise<void> {
    this.#changed ??= Promise.withResolvers();
    return this.#changed.promise;
  }

  /** Something has left or was acknowledged, or a client came. */
  progress(): void {
    if (this.#isFull && !this.isClosed) return;
    const unacknowledged = this.#unacknowledged;
    if (unacknowledged.length > 0) {
      this.#unacknowledged = [];
      for (const onAcked of unacknowledged) onAcked(true);
    }
    this.#changed?.resolve();
    this.#changed = undefined;
  }

  /** Whether the recorder has enough for now. */
  get #isFull(): boolean {
    const { bytes = 0, line } = this.#recorder ?? {};
    return bytes + (line?.sendBuffer.pending ?? 0) > MAX_AHEAD_BYTES;
  }

  #forget(session: ClientSession): void {
    this.#absent.delete(session);
    this.#sessions.delete(session.clientId);
    for (const filter of session.subscriptions.keys()) this.#tree.remove(session, filter);
    if (session === this.#recorder) this.#recorder = undefined;
    session.end();
    this.#publishWill(session);
  }

  #publishWill(session: ClientSession): void {
    const { will } = session;
    session.will = undefined;
    if (will && !this.isClosed) this.publish(will.message, undefined);
  }

  async #sweep(): Promise<void> {
    const { signal } = this.#end;
    for (;;) {
      await this.#clock.sleep(SWEEP_MS, signal);
      if (signal.aborted) return;
      const now = this.now();
      for (const client of this.#clients) client.checkSilence(now);
      for (const session of this.#absent) {
        if (now >= session.leftMs + session.expiryS * 1000) this.#forget(session);
        else if (session.will && now >= session.will.dueMs) this.#publishWill(session);
      }
    }
  }
}
