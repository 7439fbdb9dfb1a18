/** A broker in memory that answers overlapping subscriptions in one manner, and its recorder. */

import assert from "node:assert/strict";
import { AckWindow } from "../../lib/mqtt/ack_window.ts";
import { PacketHandler } from "../../lib/mqtt/packet_handler.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import type { QoS } from "../../lib/message/message.ts";
import { OverlapCopies } from "../../lib/mqtt/overlap_copies.ts";
import {
  type Filter,
  planSubscriptions,
  type Subscription,
} from "../../lib/mqtt/subscription_plan.ts";
import { matches } from "../../lib/message/topic.ts";
import { packetSpan, readPacket } from "../../lib/mqtt/packets/packet_reader.ts";
import type { Random } from "./arbitrary.ts";
import { connack5, publishPacket, suback5, variable } from "./packets.ts";

/** How a broker answers several matching subscriptions. */
export type Manner = "copies" | "merged" | "first only";

export class ModelBroker {
  readonly copies = new OverlapCopies();
  readonly receiveQueue = new ReceiveQueue();
  #packetHandler: PacketHandler;
  #subscriptions: Subscription[] = [];
  #packetId = 0;
  readonly #asked = new Map<string, number>();
  readonly #random: Random;

  /** @param former Subscriptions of an earlier run. */
  constructor(
    readonly manner: Manner,
    random: Random = () => 0,
    former: readonly Subscription[] = [],
  ) {
    this.#random = random;
    this.copies.plan(former, true);
    this.#packetHandler = this.#connect();
  }

  #connect(): PacketHandler {
    const session = {
      ...{
        receiveQueue: this.receiveQueue,
        incoming: new Set<number>(),
        copies: this.copies,
        now: () => 0,
      },
    };
    this.#packetHandler = new PacketHandler(session, new AckWindow(() => 0), 5);
    return this.#packetHandler;
  }

  /** Reconnects to the same session. */
  reconnect(): void {
    this.#connect();
    this.start(true);
  }

  /** Subscribes as planned; `code` returns each answer, undefined for no answer yet. */
  subscribe(
    filters: readonly Filter[],
    code: (filter: Filter) => number | undefined = ({ qos }) => qos,
  ): void {
    const { subscriptions } = planSubscriptions(filters, true);
    this.copies.plan(subscriptions);
    this.#subscriptions = [];
    for (const subscription of subscriptions) {
      const id = ++this.#packetId;
      this.#asked.set(subscription.topic, id);
      if (subscription.identifier !== undefined) {
        this.copies.subscribing(id, subscription.identifier);
      }
      const answer = code(subscription);
      if (answer === undefined || answer < 0x80) this.#subscriptions.push(subscription);
      if (answer !== undefined) this.answer(subscription, answer);
    }
  }

  /** The SUBACK for one filter. */
  answer({ topic }: Filter, code: number): void {
    this.#take(suback5(this.#asked.get(topic)!, code));
  }

  publish(topic: string, payload: string, published: QoS = 2): void {
    const found = this.#subscriptions.filter((subscription) => matches(subscription.topic, topic));
    if (found.length === 0) return;
    const send = (qos: QoS, some: readonly Subscription[]) =>
      this.send(topic, payload, some, Math.min(qos, published) as QoS);
    const qos = Math.max(...found.map((subscription) => subscription.qos)) as QoS;
    if (this.manner === "merged") send(qos, found);
    else if (this.manner === "first only") send(found.at(-1)!.qos, [found.at(-1)!]);
    else {
      const first = this.#random(found.length);
      for (let i = 0; i < found.length; i++) {
        const copy = found[(first + i) % found.length]!;
        send(copy.qos, [copy]);
      }
    }
  }

  /** The copies of a retained message that each SUBSCRIBE brings. */
  retained(topic: string, payload: string): void {
    for (const subscription of this.#subscriptions) {
      if (matches(subscription.topic, topic)) {
        this.send(topic, payload, [subscription], subscription.qos, true);
      }
    }
  }

  /** One PUBLISH with the identifiers of these subscriptions. */
  send(
    topic: string,
    payload: string,
    some: readonly Subscription[],
    qos: QoS = 1,
    retain = false,
  ): void {
    const numbers = some.map(({ identifier }) => identifier).filter((n) => n !== undefined);
    const properties = numbers.flatMap((number) => [0x0b, ...variable(number)]);
    const id = ++this.#packetId;
    this.#take(publishPacket({ topic, payload, qos, id, retain, version: 5, properties }));
  }

  #take(packet: Uint8Array): void {
    const span = packetSpan();
    assert.equal(readPacket(packet, 0, packet.length, span), 0);
    this.#packetHandler.take(packet, span, 0);
  }

  get nextId(): number {
    return this.#packetId + 1;
  }

  start(resumed = false): this {
    this.copies.connected(resumed);
    this.#take(connack5(resumed));
    return this;
  }

  get payloads(): string[] {
    return this.rows.map((row) => row.split(" ")[1]!);
  }

  get rows(): string[] {
    return [...this.receiveQueue.batch].map(({ topic, payload, qos }) =>
      `${topic} ${new TextDecoder().decode(payload)} ${qos}`
    );
  }
}
