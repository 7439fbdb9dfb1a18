/** What has arrived and is not yet on its way to the disk: one growing batch, bounded. */

import { Batch } from "./batch.ts";
import { ByteBuffer } from "./byte_buffer.ts";

/** A batch this full holds the broker back until it is taken. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ROWS = 4096;

/** Sends the acknowledgements of a batch; does nothing once their connection is gone. */
export type SendAcks = (acks: Uint8Array) => void;

/** What arrived since the last batch; the broker is not acknowledged until `release()`. */
export interface Delivery {
  readonly batch: Batch;
  /** Lets the acknowledgements leave. Call it when every message is on disk, and only once. */
  release(): void;
}

/**
 * Rows and the acknowledgements that wait for them. Outlives connections: rows stay when a
 * connection ends, acknowledgements die with theirs (the broker will deliver again).
 */
export class Intake {
  #batch = new Batch();
  #spare: Batch | undefined = new Batch();
  #acks = new ByteBuffer(256);
  #send: SendAcks = () => {};
  #changed = Promise.withResolvers<void>();
  #ended = false;
  #unreleased = 0;

  /** Messages still wanted; the rest is left unacknowledged (`--count`). */
  wanted = Infinity;
  /** Messages taken in so far. */
  received = 0;
  /** When the last message came in, ms since the epoch; 0 before the first. */
  lastTime = 0;
  /** Whether a message with QoS 0 has come: those no session keeps. */
  qos0 = false;
  #heldMs = 0;
  #heldSince: number | undefined;

  /** Whether rows wait that the broker has not been acknowledged for. */
  get unacknowledged(): boolean {
    return this.#unreleased > 0 || this.#batch.count > 0;
  }

  /** The batch that messages are pushed into; `notify()` must follow. */
  get batch(): Batch {
    return this.#batch;
  }

  /** Whether the batch holds all it may: nothing more is read from the network meanwhile. */
  get full(): boolean {
    return this.#batch.byteLength >= MAX_BYTES || this.#batch.count >= MAX_ROWS;
  }

  /** Queues an acknowledgement behind every row pushed so far. */
  acknowledge(type: number, id: number): void {
    const acks = this.#acks;
    acks.reserve(4);
    acks.bytes[acks.length++] = type;
    acks.bytes[acks.length++] = 2;
    acks.bytes[acks.length++] = id >> 8;
    acks.bytes[acks.length++] = id & 255;
  }

  /** A new connection: acknowledgements of the one before must not reach it. */
  connect(send: SendAcks): void {
    this.#acks.clear();
    this.#send = send;
  }

  /** Wakes whoever waits for messages, for room, or for the end. */
  notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Nothing will be pushed any more: `deliveries` ends after what is there. */
  end(): void {
    this.#ended = true;
    this.notify();
  }

  /**
   * Resolves when the batch has room again, or the intake ended.
   *
   * @param now Tells the time, in ms.
   */
  async room(now: () => number): Promise<void> {
    this.#heldSince = now();
    while (this.full && !this.#ended) await this.#changed.promise;
    this.#heldMs = this.heldMs(now());
    this.#heldSince = undefined;
  }

  /** For how long, in all, the broker has been held back for want of room, in ms. */
  heldMs(now: number): number {
    return this.#heldMs + Math.max(0, now - (this.#heldSince ?? now));
  }

  /** Batches as they come, the next one growing while the last one is on its way to the disk. */
  async *deliveries(): AsyncGenerator<Delivery, void, unknown> {
    for (;;) {
      while (this.#batch.count === 0 && this.#acks.length === 0) {
        if (this.#ended) return;
        await this.#changed.promise;
      }
      yield this.#take();
    }
  }

  #take(): Delivery {
    const batch = this.#batch;
    this.#batch = this.#spare ?? new Batch();
    this.#spare = undefined;
    const acks = this.#acks.view().slice();
    this.#acks.clear();
    const send = this.#send;
    this.#unreleased++;
    this.notify();
    return {
      batch,
      release: () => {
        this.#unreleased--;
        if (acks.length > 0) send(acks);
        batch.clear();
        this.#spare = batch;
      },
    };
  }
}
