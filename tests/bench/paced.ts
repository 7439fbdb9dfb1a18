/** Sends messages at a rate, and measures when each is in both files and acknowledged. */

import { nextTurn } from "../../lib/system/clock.ts";
import { Publishes } from "../faults/publishes.ts";
import type { Subscriber } from "./blast_broker.ts";
import type { FixedRows } from "./fixed_rows.ts";

/** Number of packets, made once; their ids repeat long after they were acknowledged. */
const BLOCK = 10_000;
/** Number of poll intervals that are kept. */
const MAX_POLLS = 1_000_000;

export interface Measured {
  /** Milliseconds to both files, sorted. */
  readonly toFiles: Float64Array;
  /** Milliseconds to the acknowledgement, sorted; empty at QoS 0. */
  readonly toAck: Float64Array;
  readonly pollMs: Float64Array;
  /** Messages sent per second. */
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
  readonly #polls = new Float64Array(MAX_POLLS);
  #pollCount = 0;
  #sent = 0;
  #inFiles = 0;
  #acked = 0;
  #lastPoll = performance.now();

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
   * Resolves when all messages are in both files and acknowledged. It keeps a core busy, because a
   * timer takes at least 1 ms, and a sleeping thread would poll its sockets every 61st time only.
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
      const max = this.#qos === 0
        ? count
        : Math.min(count, this.#acked + this.#subscriber.receiveMaximum);
      this.#send(Math.min(due, max) - this.#sent);
      this.#poll();
      await nextTurn();
    }
  }

  /** The figures without the first `from` messages, the warm-up. */
  figures(from: number): Measured {
    const since = (at: Float64Array) =>
      at.map((time, i) => time - this.#sentAt[i]!).slice(from).sort();
    const seconds = (this.#sentAt.at(-1)! - this.#sentAt[from]!) / 1000;
    return {
      toFiles: since(this.#fileAt),
      toAck: since(this.#ackAt),
      pollMs: this.#polls.slice(0, this.#pollCount).sort(),
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

  #poll(): void {
    const rows = this.#rows.inBoth();
    const now = performance.now();
    if (rows > this.#inFiles) this.#fileAt.fill(now, this.#inFiles, this.#inFiles = rows);
    if (this.#pollCount < MAX_POLLS) this.#polls[this.#pollCount++] = now - this.#lastPoll;
    this.#lastPoll = now;
  }
}
