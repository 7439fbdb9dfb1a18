/**
 * Messages that wait in the built-in broker for a client's acknowledgement. npm:aedes searches its
 * own from the front for each message and each acknowledgement: what 10,000 sensors publish in a
 * second took it more than ten, the longer the more there was (measured: 730 messages a second with a
 * core; with this one 10,000 with less).
 */

import { Readable } from "node:stream";

/** What is known of npm:aedes' packets here. */
export interface QueuedPacket {
  readonly cmd: string;
  /** Counts the messages of this broker; PUBREL has none. */
  readonly brokerCounter?: number;
  /** Packet identifier, once it is on its way. */
  messageId?: number | undefined;
}

interface Owner {
  readonly id: string;
}

/** One client's, in order. */
class Queue {
  readonly packets = new Map<number, QueuedPacket>();
  /** What each identifier stands for, by counter: more than one when they have gone round. */
  readonly #counters = new Map<number, number[]>();

  /** The counter of the oldest packet with the identifier, or else of the packet itself. */
  counterOf({ messageId, brokerCounter }: QueuedPacket): number | undefined {
    return messageId === undefined ? brokerCounter : this.#counters.get(messageId)?.[0];
  }

  identify(counter: number, packet: QueuedPacket, id: number): void {
    if (packet.messageId === id) return;
    this.#forget(counter, packet);
    packet.messageId = id;
    const counters = this.#counters.get(id);
    if (counters === undefined) this.#counters.set(id, [counter]);
    else counters.push(counter);
  }

  take(counter: number): QueuedPacket | undefined {
    const packet = this.packets.get(counter);
    if (packet === undefined) return undefined;
    this.#forget(counter, packet);
    this.packets.delete(counter);
    return packet;
  }

  #forget(counter: number, { messageId }: QueuedPacket): void {
    if (messageId === undefined) return;
    const left = this.#counters.get(messageId)?.filter((other) => other !== counter) ?? [];
    if (left.length > 0) this.#counters.set(messageId, left);
    else this.#counters.delete(messageId);
  }
}

/** Takes the place of the part of npm:aedes-persistence that keeps them. */
export class BrokerQueue {
  readonly #queues = new Map<string, Queue>();

  readonly outgoingEnqueue = (
    { clientId }: { readonly clientId: string },
    packet: QueuedPacket,
  ): Promise<void> => {
    const counter = packet.brokerCounter!;
    this.#of(clientId).packets.set(counter, { ...packet, messageId: undefined });
    return Promise.resolve();
  };

  readonly outgoingEnqueueCombi = (
    subscribers: readonly { readonly clientId: string }[],
    packet: QueuedPacket,
  ): Promise<void> => {
    for (const subscriber of subscribers) void this.outgoingEnqueue(subscriber, packet);
    return Promise.resolve();
  };

  /** A message gets its identifier, or PUBREL takes its place. */
  readonly outgoingUpdate = ({ id }: Owner, packet: QueuedPacket): Promise<void> => {
    const queue = this.#of(id);
    const queued = queue.packets.get(packet.brokerCounter!);
    if (queued !== undefined) {
      queue.identify(packet.brokerCounter!, queued, packet.messageId!);
      return Promise.resolve();
    }
    const counter = queue.counterOf(packet);
    if (counter === undefined) return Promise.reject(new Error("no such packet"));
    queue.packets.set(counter, packet);
    return Promise.resolve();
  };

  readonly outgoingClearMessageId = (
    { id }: Owner,
    packet: QueuedPacket,
  ): Promise<QueuedPacket | undefined> => {
    const queue = this.#of(id);
    const counter = queue.counterOf(packet);
    return Promise.resolve(counter === undefined ? undefined : queue.take(counter));
  };

  readonly outgoingStream = ({ id }: Owner): Readable =>
    Readable.from([...this.#of(id).packets.values()]);

  #of(clientId: string): Queue {
    let queue = this.#queues.get(clientId);
    if (queue === undefined) this.#queues.set(clientId, queue = new Queue());
    return queue;
  }
}
