/** Messages received and not yet handed to the recorder: batches, within a bound of memory. */

import { AckBuffer, type Acks, type SendAcks } from "./ack_buffer.ts";
import type { Flight } from "./backlog.ts";
import { BacklogWatch } from "./backlog_watch.ts";
import type { Batch } from "../message/batch.ts";
import { batchBytes, BatchPool } from "./batch_pool.ts";
import { type Clock, systemClock } from "../system/clock.ts";
import { Condition } from "../system/condition.ts";
import type { Delivery } from "../message/delivery.ts";
import { type InvalidMessages, InvalidTally } from "../message/invalid_message.ts";
import { Linger } from "./linger.ts";

/**
 * A batch is full with this many acknowledgements or bytes. Its rows take five times as much in
 * both formats, and there are two of these: 4 MB took 30 MB more, 1 MB cost 6 % of the rate (`deno
 * task bench --only throughput`).
 */
const BATCH_ACKS = 1_000, BATCH_BYTES = 2 * 1024 * 1024;
/** With this much in all batches the gate reads nothing until one is taken. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A backlog in front of SUBACK may grow to this: buffers of the network and of the broker. */
const HARD_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Acknowledgements that may be unconfirmed when the next batch is recorded: the most duplicates
 * that a kill makes. The Receive Maximum is no such bound, because it is as large as MQTT allows.
 */
const MAX_UNCONFIRMED = 2_000;
/** A broker that does not answer PINGREQ for this long does not hold up the recording. */
const CONFIRM_MS = 250;

/** A full batch, or one on its way to the disk. */
interface Sealed {
  readonly batch: Batch;
  readonly leftOut: InvalidTally | undefined;
  readonly acks: Acks;
}

/**
 * Rows and their pending acknowledgements. Outlives connections: rows stay when a connection ends,
 * acknowledgements are dropped with it, because the broker will deliver again.
 */
export class ReceiveQueue {
  readonly clock: Clock;
  readonly #pool = new BatchPool(MAX_BYTES / BATCH_BYTES, 2 * BATCH_BYTES);
  #batch = this.#pool.take();
  readonly #acks = new AckBuffer();
  #leftOut: InvalidTally | undefined;
  readonly #sealed: Sealed[] = [];
  #sealedBytes = 0;
  #unconfirmed: () => number = () => 0;
  readonly #changed = new Condition();
  #ended = false;
  /** Deliveries whose `ack()` is still to come. */
  #pending = 0;
  readonly #linger = new Linger();

  /** Detects that more may wait at the broker than it keeps. */
  readonly backlog = new BacklogWatch();

  /** Messages still wanted; later ones are left unacknowledged (`--count`). */
  wanted = Infinity;
  /** Messages received so far. */
  received = 0;
  /** When the last message came in, ms since the epoch; 0 before the first. */
  lastTime = 0;
  /** Whether a QoS 0 message has come: no session keeps those. */
  qos0 = false;
  /** Called at the first QoS 0 message. */
  onQos0: () => void = () => {};

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
  }

  /** Whether messages were received and not acknowledged yet. */
  get unacknowledged(): boolean {
    return this.#pending > 0 || this.#sealed.length > 0 || this.#batch.count > 0 ||
      this.#leftOut !== undefined;
  }

  /** The batch that messages are pushed into; `pushed()` must follow. */
  get batch(): Batch {
    return this.#batch;
  }

  /** Whether the gate should stop reading from the network. */
  get full(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  /** Whether the gate should stop reading even while no batch is taken yet. */
  get overfull(): boolean {
    return this.#bytes >= HARD_MAX_BYTES;
  }

  /** Notes that a QoS 0 message came. */
  sawQos0(): void {
    if (this.qos0) return;
    this.qos0 = true;
    this.onQos0();
  }

  /** Queues an acknowledgement that leaves once every row pushed so far is on disk. */
  acknowledge(type: number, id: number): void {
    this.#acks.acknowledge(type, id);
    this.#linger.received();
  }

  /** Queues an acknowledgement that refuses the message (MQTT 5). */
  refuse(type: number, id: number): void {
    this.acknowledge(type, id);
    this.#acks.markRefused();
  }

  /** Counts a message that makes no row. Queue its acknowledgement before. */
  leaveOut(message: InvalidMessages): void {
    (this.#leftOut ??= new InvalidTally()).add(message);
    if (this.#acks.count >= BATCH_ACKS) this.#seal();
  }

  /** Counts the row just pushed into `batch`. Queue its acknowledgement before. */
  pushed(time: number): void {
    this.wanted--;
    this.received++;
    this.lastTime = time;
    if (this.#acks.count >= BATCH_ACKS || batchBytes(this.#batch) >= BATCH_BYTES) this.#seal();
  }

  /**
   * Starts a new connection: acknowledgements of the previous one must not reach it.
   *
   * @param unconfirmed Acknowledgements sent that the broker may not have read.
   */
  connect(send: SendAcks, unconfirmed: () => number = () => 0): void {
    this.#acks.connect(send);
    this.#linger.reset();
    this.#unconfirmed = unconfirmed;
  }

  /** Messages with QoS 1 or 2 of this connection, without those that wait for PUBREL. */
  get flight(): Flight {
    return this.#acks.flight;
  }

  /** Wakes everyone who waits for messages, room, confirmation or the end. */
  notify(): void {
    this.#linger.measure();
    this.#changed.notify();
  }

  /** Ends `deliveries` after the batches that are there. */
  end(): void {
    this.#ended = true;
    this.notify();
  }

  /** Resolves once the queue is full; never, if it ends before. */
  async filled(): Promise<void> {
    while (!this.full && !this.#ended) await this.#changed.wait();
    if (!this.full) await new Promise(() => {});
  }

  /** Resolves once there is room, or the queue has ended. */
  async room(): Promise<void> {
    while (this.full && !this.#ended) await this.#changed.wait();
  }

  /** Batches as they come. The next one grows while the previous one is written. */
  async *deliveries(): AsyncGenerator<Delivery, void, unknown> {
    for (;;) {
      while (this.#sealed.length === 0 && this.#isEmpty) {
        if (this.#ended) return;
        await this.#changed.wait();
      }
      // Only a full batch without acknowledgements may be handed out before the previous ack().
      while (this.#pending > 0 && this.#sealed[0]?.acks.count !== 0) await this.#changed.wait();
      if (!this.#mayCommit) {
        await this.#changed.until(() => this.#mayCommit, CONFIRM_MS, this.clock);
      }
      const pauseMs = this.#linger.pauseMs(this.clock.monotonic());
      if (!this.#isDue && pauseMs > 0) {
        await this.#changed.until(() => this.#isDue, pauseMs, this.clock);
      }
      yield this.#take();
    }
  }

  /** Whether the growing batch has nothing to deliver. */
  get #isEmpty(): boolean {
    return this.#batch.count === 0 && this.#acks.count === 0 && this.#leftOut === undefined;
  }

  get #bytes(): number {
    return this.#sealedBytes + batchBytes(this.#batch);
  }

  /** Whether a kill after the next batch would make at most the promised duplicates. */
  get #mayCommit(): boolean {
    const unconfirmed = this.#unconfirmed();
    const { count } = this.#sealed[0]?.acks ?? this.#acks;
    // The bound on memory goes before the one on duplicates; at the end nothing waits.
    return unconfirmed === 0 || unconfirmed + count <= MAX_UNCONFIRMED || this.full || this.#ended;
  }

  /** Whether it is useless to let the next batch grow. */
  get #isDue(): boolean {
    return this.#sealed.length > 0 || this.#ended || this.#linger.isWindowFull(this.#acks.count);
  }

  #seal(): void {
    const batch = this.#batch;
    this.#sealed.push({ batch, leftOut: this.#leftOut, acks: this.#acks.take() });
    this.#sealedBytes += batchBytes(batch);
    this.#batch = this.#pool.take();
    this.#leftOut = undefined;
  }

  #take(): Delivery {
    if (this.#sealed.length === 0) this.#seal();
    const { batch, leftOut, acks } = this.#sealed.shift()!;
    this.#sealedBytes -= batchBytes(batch);
    this.#pending++;
    this.#linger.begin(this.clock.monotonic());
    this.notify();
    return {
      batch,
      leftOut,
      ack: () => {
        this.#pending--;
        if (this.#acks.sent(acks)) this.#linger.acknowledged(acks.count);
        this.notify();
        if (acks.count > 0) acks.send(acks.bytes, acks.refusals);
        this.#pool.give(batch);
      },
    };
  }
}
