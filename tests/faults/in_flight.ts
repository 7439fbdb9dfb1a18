/** Messages of QoS 1 and 2 that a broker has sent and the client has not acknowledged, in order. */

import { ClientError, PUBACK, PUBCOMP, PUBREC } from "./client_packets.ts";

/** Identifiers first in, first out; at most 65,535 wait. */
class Ids {
  readonly #ring = new Uint16Array(1 << 16);
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(id: number): void {
    this.#ring[this.#tail++ & 0xffff] = id;
  }

  /** Removes the first one if it is `id`. */
  take(id: number): boolean {
    if (this.length === 0 || this.#ring[this.#head & 0xffff] !== id) return false;
    this.#head++;
    return true;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = this.#head; i < this.#tail; i++) yield this.#ring[i & 0xffff]!;
  }
}

/** Strict: an acknowledgement must be due, once, and in the order of the messages [MQTT-4.6.0]. */
export class InFlight {
  readonly #waiting = new Map([[PUBACK, new Ids()], [PUBREC, new Ids()], [PUBCOMP, new Ids()]]);
  readonly #pubacks = this.#waiting.get(PUBACK)!;
  /** Identifiers in use. */
  readonly #used = new Uint8Array(1 << 16);
  #count = 0;
  /** Completed messages: PUBACK, or PUBCOMP. */
  acknowledged = 0;

  /** Messages sent and not completed, which Receive Maximum limits. */
  get count(): number {
    return this.#count;
  }

  /** Identifiers whose PUBACK or PUBREC is pending, by QoS, in the order they were sent. */
  get unacknowledged(): number[] {
    return [...this.#pubacks, ...this.#waiting.get(PUBREC)!];
  }

  isUsed(id: number): boolean {
    return this.#used[id] === 1;
  }

  /** Notes a PUBLISH that is sent. */
  sent(qos: number, id: number): void {
    if (this.#used[id] === 1) throw new Error(`Cannot send identifier ${id}: it is in flight`);
    this.#used[id] = 1;
    this.#count++;
    (qos === 1 ? this.#pubacks : this.#waiting.get(PUBREC)!).push(id);
  }

  /**
   * Handles an acknowledgement of the client.
   *
   * @param refused Whether its reason code refuses the message.
   * @returns Whether PUBREL must follow.
   * @throws {ClientError} It was not due.
   */
  acknowledge(type: number, id: number, refused: boolean): boolean {
    if (!this.#waiting.get(type)!.take(id)) {
      const state = this.#used[id] === 1 ? "out of order" : "for a message that is not in flight";
      throw new ClientError(`acknowledgement type ${type} of ${id} ${state}`);
    }
    if (type === PUBREC && !refused) {
      this.#waiting.get(PUBCOMP)!.push(id);
      return true;
    }
    this.#used[id] = 0;
    this.#count--;
    if (!refused) this.acknowledged++;
    return false;
  }
}
