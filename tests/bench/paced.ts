/** Sends messages at a rate, and sees when each of them is in both files and acknowledged. */

import { nextTurn } from "../../lib/system/clock.ts";
import { Publishes } from "../faults/publishes.ts";
import type { Subscriber } from "./blast_broker.ts";
import type { FixedRows } from "./fixed_rows.ts";

/** Packets made once: ids come again long after they were acknowledged. */
const BLOCK = 10_000;
/** Looks whose distance is remembered. */
const MAX_LOOKS = 1_000_000;

export interface Measured {
  /** Milliseconds, in order of size. */
  readonly toFiles: Float64Array;
  /** To the acknowledgement; empty at QoS 0. */
  readonly toAck: Float64Array;
  readonly pollMs: Float64Array;
  /** Messages a second that were sent. */
  readonly reached: number;
}

export class Paced {
  readonly #subscriber: Subscriber;
  readonly #packets: Publishes;
  readonly #qos: 0 | 1;
  readonly #rows: FixedRows;
  readonly #sentAt: Float64Array;
  readonly #fileAt: Float64Array;
  readonly #ackAt: Float64Array;
  readonly #looks = new Float64Array(MAX_LOOKS);
  #lookCount = 0;
  #sent = 0;
  #inFiles = 0;
  #acked = 0;
  #lastLook = performance.now();

  constructor(subscriber: Subscriber, qos: 0 | 1, rows: FixedRows, count: number) {
    this.#subscriber = subscriber;
    this.#qos = qos;
    this.#rows = rows;
    this.#sentAt = new Float64Array(count);
    this.#fileAt = new Float64Array(count);
    this.#ackAt = new Float64Array(qos === 0 ? 0 : count);
    this.#packets = new Publishes(subscriber.version);
    const message = { topic: "sensors/room1/temperature", payload: "21.50 °C plus a little", qos };
    for (let i = 0; i < BLOCK; i++) this.#packets.add(message);
    subscriber.onAcknowledged = (more) => {
      const now = performance.now();
      this.#ackAt.fill(now, this.#acked, this.#acked += more);
    };
  }

  /**
   * Resolves when all are in both files, and acknowledged. Keeps a core busy: a timer takes 1 ms at
   * least, and a thread that slept here would have its sockets looked at every 61st time only.
   */
  async run(rate: number): Promise<void> {
    const count = this.#sentAt.length;
    const sizes = [this.#rows.sizes()];
    for (let i = 0; i < 2; i++) {
      this.#send(1);
      while (!this.#rows.grownSince(sizes[i]!)) await nextTurn();
      sizes.push(this.#rows.sizes());
    }
    this.#rows.learn(sizes[1]!, sizes[2]!);
    this.#inFiles = this.#sent;
    const began = performance.now();
    while (this.#inFiles < count || this.#acked < this.#ackAt.length) {
      const due = 2 + Math.floor((performance.now() - began) * rate / 1000);
      const most = this.#qos === 0
        ? count
        : Math.min(count, this.#acked + this.#subscriber.receiveMaximum);
      this.#send(Math.min(due, most) - this.#sent);
      this.#look();
      await nextTurn();
    }
  }

  /** Without the first ones, which warm it up. */
  figures(from: number): Measured {
    const since = (at: Float64Array) =>
      at.map((time, i) => time - this.#sentAt[i]!).slice(from).sort();
    const seconds = (this.#sentAt.at(-1)! - this.#sentAt[from]!) / 1000;
    return {
      toFiles: since(this.#fileAt),
      toAck: since(this.#ackAt),
      pollMs: this.#looks.slice(0, this.#lookCount).sort(),
      reached: (this.#sentAt.length - 1 - from) / seconds,
    };
  }

  #send(more: number): void {
    if (more <= 0) return;
    this.#sentAt.fill(performance.now(), this.#sent, this.#sent + more);
    for (let left = more; left > 0;) {
      const at = this.#sent % BLOCK;
      const end = Math.min(BLOCK, at + left);
      const { bytes } = this.#packets;
      const from = this.#packets.start(at), to = this.#packets.start(end);
      void this.#subscriber.send(bytes.subarray(from, to));
      this.#sent += end - at;
      left -= end - at;
    }
  }

  #look(): void {
    const rows = this.#rows.inBoth();
    const now = performance.now();
    if (rows > this.#inFiles) this.#fileAt.fill(now, this.#inFiles, this.#inFiles = rows);
    if (this.#lookCount < MAX_LOOKS) this.#looks[this.#lookCount++] = now - this.#lastLook;
    this.#lastLook = now;
  }
}
