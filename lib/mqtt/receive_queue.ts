/** What has arrived and is not yet on its way to the disk: batches, bounded in all. */

import { REFUSED } from "./packets/ack_codes.ts";
import { BacklogWatch, type Flight } from "./backlog_watch.ts";
import { Batch } from "../message/batch.ts";
import type { Delivery } from "../message/delivery.ts";
import { ByteBuffer } from "../message/byte_buffer.ts";
import { type Clock, systemClock } from "../system/clock.ts";
import { type InvalidMessages, InvalidTally } from "../message/invalid_message.ts";
import { Linger } from "./linger.ts";

/**
 * A batch ends at this many acknowledgements, or at this size. Its rows in both formats are five
 * times as large, and there are two of these: 4 MB took 30 MB more, and 1 MB 6 % of the rate.
 */
const BATCH_ACKS = 1_000, BATCH_BYTES = 2 * 1024 * 1024;
/** All batches together: this full they hold the broker back until one is taken. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What may come in front of SUBACK: buffers of the network and of the broker. */
const HARD_MAX_BYTES = 64 * 1024 * 1024;
/** Batches kept for the next messages: as many as are in use when all is full. */
const MAX_SPARES = MAX_BYTES / BATCH_BYTES;
/** What a row takes beside its bytes: index and time. */
const ROW_BYTES = 20;
/** An acknowledgement's bytes, and the one that completes nothing: PUBREL follows. */
const ACK_BYTES = 4, PUBREC_BYTE = 0x50, PUBCOMP_BYTE = 0x70;

/**
 * Rows on disk whose acknowledgements the broker may not have read: the most duplicates that a kill
 * makes. The Receive Maximum is no such bound: it is as large as MQTT has it.
 */
const MAX_UNCONFIRMED = 2_000;
/** A broker that does not answer PINGREQ for this long does not hold up the recording. */
const CONFIRM_MS = 250;

/**
 * Sends the acknowledgements of a batch; does nothing once their connection is gone.
 *
 * @param refusals Whether `REFUSED` marks any of them.
 */
export type SendAcks = (acks: Uint8Array, refusals: boolean) => void;

/** A batch that is not added to any more, and what to do when it is on disk. */
interface Sealed {
  readonly batch: Batch;
  readonly leftOut: InvalidTally | undefined;
  readonly acks: Uint8Array;
  readonly refusals: boolean;
  readonly send: SendAcks;
}

/**
 * Rows and the acknowledgements that wait for them. Outlives connections: rows stay when a
 * connection ends, acknowledgements die with theirs (the broker will deliver again).
 */
export class ReceiveQueue {
  readonly #clock: Clock;
  #batch = new Batch();
  #acks = new ByteBuffer(256);
  #leftOut: InvalidTally | undefined;
  #refusals = false;
  readonly #sealed: Sealed[] = [];
  #sealedBytes = 0;
  readonly #spares: Batch[] = [];
  #send: SendAcks = () => {};
  #unconfirmed: () => number = () => 0;
  #changed = Promise.withResolvers<void>();
  #ended = false;
  #unacked = 0;
  readonly #linger = new Linger();
  /** Messages with QoS 1 or 2 of this connection, and acknowledgements that will complete one. */
  #arrived = 0;
  #open = 0;

  /** What may wait at the broker. */
  readonly backlog = new BacklogWatch();

  /** Messages still wanted; the rest is left unacknowledged (`--count`). */
  wanted = Infinity;
  /** Messages taken in so far. */
  received = 0;
  /** When the last message came in, ms since the epoch; 0 before the first. */
  lastTime = 0;
  /** Whether a message with QoS 0 has come: those no session keeps. */
  qos0 = false;
  /** Called when the first one comes. */
  onQos0: () => void = () => {};

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Whether rows wait that the broker has not been acknowledged for. */
  get unacknowledged(): boolean {
    return this.#unacked > 0 || this.#sealed.length > 0 || this.#batch.count > 0 ||
      this.#leftOut !== undefined;
  }

  /** The batch that messages are pushed into; `pushed()` must follow. */
  get batch(): Batch {
    return this.#batch;
  }

  /** Whether it holds all it may: nothing more is read from the network meanwhile. */
  get full(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  /** Whether it holds more than is ever let in, even while nobody takes batches yet. */
  get overfull(): boolean {
    return this.#bytes >= HARD_MAX_BYTES;
  }

  /** Takes note of a message with QoS 0. */
  sawQos0(): void {
    if (this.qos0) return;
    this.qos0 = true;
    this.onQos0();
  }

  /** Queues an acknowledgement behind every row pushed so far. */
  acknowledge(type: number, id: number): void {
    const acks = this.#acks;
    acks.reserve(ACK_BYTES);
    acks.bytes[acks.length++] = type;
    acks.bytes[acks.length++] = 2;
    acks.bytes[acks.length++] = id >> 8;
    acks.bytes[acks.length++] = id & 255;
    if (type !== PUBREC_BYTE) this.#open++;
    if (type !== PUBCOMP_BYTE) this.#arrived++;
    this.#linger.came();
  }

  /** The same for one that refuses: MQTT 5 only. */
  refuse(type: number, id: number): void {
    this.acknowledge(type, id);
    this.#acks.bytes[this.#acks.length - ACK_BYTES + 1] = REFUSED;
    this.#refusals = true;
  }

  /** Counts a message that makes no row; its acknowledgement is queued. */
  leaveOut(message: InvalidMessages): void {
    (this.#leftOut ??= new InvalidTally()).add(message);
    if (this.#acks.length >= BATCH_ACKS * ACK_BYTES) this.#seal();
  }

  /** Counts the row just pushed into `batch`, received at `time`; its acknowledgement is queued. */
  pushed(time: number): void {
    this.wanted--;
    this.received++;
    this.lastTime = time;
    const due = this.#acks.length >= BATCH_ACKS * ACK_BYTES || size(this.#batch) >= BATCH_BYTES;
    if (due) this.#seal();
  }

  /**
   * A new connection: acknowledgements of the one before must not reach it.
   *
   * @param unconfirmed Acknowledgements sent that the broker may not have read.
   */
  connect(send: SendAcks, unconfirmed: () => number = () => 0): void {
    this.#acks.clear();
    this.#refusals = false;
    this.#linger.reset();
    this.#arrived = this.#open = 0;
    this.#send = send;
    this.#unconfirmed = unconfirmed;
  }

  /** Messages with QoS 1 or 2 of this connection, without those that wait for PUBREL. */
  get flight(): Flight {
    return { open: this.#open, arrived: this.#arrived };
  }

  /** Wakes whoever waits for messages, for room, for confirmation, or for the end. */
  notify(): void {
    this.#linger.measure();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Nothing will be pushed any more: `deliveries` ends after what is there. */
  end(): void {
    this.#ended = true;
    this.notify();
  }

  /** Resolves once it is full; never, when that never happens. */
  async filled(): Promise<void> {
    while (!this.full && !this.#ended) await this.#changed.promise;
    if (!this.full) await new Promise(() => {});
  }

  /** Resolves when there is room again, or the receive queue ended. */
  async room(): Promise<void> {
    while (this.full && !this.#ended) await this.#changed.promise;
  }

  /** The clock of durations, in ms. */
  monotonic(): number {
    return this.#clock.monotonic();
  }

  /** See `Clock`. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  /** Batches as they come, the next ones growing while the last one is on its way to the disk. */
  async *deliveries(): AsyncGenerator<Delivery, void, unknown> {
    for (;;) {
      while (this.#sealed.length === 0 && this.#isEmpty) {
        if (this.#ended) return;
        await this.#changed.promise;
      }
      // The next one is taken ahead where it is full and will not grow, and promises nothing.
      while (this.#unacked > 0 && this.#sealed[0]?.acks.length !== 0) {
        await this.#changed.promise;
      }
      if (!this.#mayCommit) await this.#until(() => this.#mayCommit, CONFIRM_MS);
      const pause = this.#linger.pauseMs(this.#clock.monotonic());
      if (!this.#isDue && pause > 0) await this.#until(() => this.#isDue, pause);
      yield this.#take();
    }
  }

  /** Whether the growing batch has nothing to be delivered. */
  get #isEmpty(): boolean {
    return this.#batch.count === 0 && this.#acks.length === 0 && this.#leftOut === undefined;
  }

  get #bytes(): number {
    return this.#sealedBytes + size(this.#batch);
  }

  /** Whether the next batch can be recorded without more duplicates at stake than promised. */
  get #mayCommit(): boolean {
    const unconfirmed = this.#unconfirmed();
    const acks = (this.#sealed[0]?.acks ?? this.#acks).length / ACK_BYTES;
    // Memory is bounded before duplicates are; and the last batches wait for nobody.
    return unconfirmed === 0 || unconfirmed + acks <= MAX_UNCONFIRMED || this.full || this.#ended;
  }

  /** Whether nothing is won by letting the next batch grow. */
  get #isDue(): boolean {
    return this.#sealed.length > 0 || this.#ended ||
      this.#linger.isWindowFull(this.#acks.length / ACK_BYTES);
  }

  /** Resolves when `done` says so, or after `ms` milliseconds. */
  async #until(done: () => boolean, ms: number): Promise<void> {
    const timer = new AbortController();
    let late = false;
    const tooLate = this.#clock.sleep(ms, timer.signal).then(() => late = true);
    while (!late && !done()) await Promise.race([this.#changed.promise, tooLate]);
    timer.abort();
  }

  #seal(): void {
    const batch = this.#batch;
    this.#sealed.push({
      batch,
      leftOut: this.#leftOut,
      acks: this.#acks.view().slice(),
      refusals: this.#refusals,
      send: this.#send,
    });
    this.#sealedBytes += size(batch);
    this.#batch = this.#spares.pop() ?? new Batch();
    this.#leftOut = undefined;
    this.#acks.clear();
    this.#refusals = false;
  }

  #take(): Delivery {
    if (this.#sealed.length === 0) this.#seal();
    const { batch, leftOut, acks, refusals, send } = this.#sealed.shift()!;
    this.#sealedBytes -= size(batch);
    this.#unacked++;
    this.#linger.begin(this.#clock.monotonic());
    this.notify();
    return {
      batch,
      leftOut,
      ack: () => {
        this.#unacked--;
        if (send === this.#send) {
          this.#linger.left(acks.length / ACK_BYTES);
          this.#open -= completions(acks);
        }
        this.notify();
        if (acks.length > 0) send(acks, refusals);
        // The memory of giant payloads is given back.
        const usual = size(batch) < 2 * BATCH_BYTES;
        batch.clear();
        if (usual && this.#spares.length < MAX_SPARES) this.#spares.push(batch);
      },
    };
  }
}

/** Bytes that a batch takes in memory. */
function size(batch: Batch): number {
  return batch.byteLength + ROW_BYTES * batch.count;
}

/** How many messages the acknowledgements end. */
function completions(acks: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < acks.length; at += ACK_BYTES) if (acks[at] !== PUBREC_BYTE) count++;
  return count;
}
