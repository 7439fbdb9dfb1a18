/**
 * The gate between npm:mqtt and the socket. Messages are taken out of the stream on their way in
 * and acknowledged only when they are on disk; everything else passes.
 *
 *     socket ─▶ packets ─┬─ PUBLISH ─▶ receive queue (row + waiting PUBACK/PUBREC) ─▶ … disk … ─▶ socket
 *                        ├─ PUBREL  ─▶ PUBCOMP, behind what waits
 *                        ├─ PUBACK, PUBREC, PUBCOMP of our own messages ─▶ publisher ─▶ socket
 *                        └─ the rest ─▶ npm:mqtt ─▶ CONNECT, SUBSCRIBE, PINGREQ … ─▶ socket
 */

import { Duplex } from "node:stream";
import { withReasonCodes } from "./packets/ack_codes.ts";
import { AckWindow } from "./ack_window.ts";
import { escapeBytes } from "../text/escape_bytes.ts";
import { PacketHandler, type Session } from "./packet_handler.ts";
import { MalformedPacketError } from "./packets/properties.ts";
import type { ByteStream } from "./transport/byte_stream.ts";
import {
  countPings,
  makeRoom,
  packetSpan,
  READ_BYTES,
  readPacket,
} from "./packets/packet_reader.ts";
import { writeAll } from "../system/write_all.ts";

const PINGREQ_PACKET = Uint8Array.of(0xc0, 0);
const PINGRESP_PACKET = Uint8Array.of(0xd0, 0);
/** Bytes quoted of a packet that is malformed. */
const QUOTED_BYTES = 24;

export class AckGate extends Duplex {
  readonly #byteStream: ByteStream;
  readonly #session: Session;
  readonly #packetHandler: PacketHandler;
  #writing: Promise<unknown> = Promise.resolve();
  /** The batch is full and nothing is read: PINGRESPs of the broker are stuck behind messages. */
  #paused = false;
  readonly #window = new AckWindow();
  /** Bytes of a packet whose end has not come yet. */
  #unread = 0;

  /** When the broker was last heard, ms since the epoch. */
  lastHeard: number;

  constructor(byteStream: ByteStream, session: Session, version: 4 | 5) {
    super();
    this.#byteStream = byteStream;
    this.#session = session;
    this.#packetHandler = new PacketHandler(session, this.#window, version);
    this.lastHeard = session.now();
    session.receiveQueue.connect(
      (acks, refusals) => this.#acknowledge(acks, refusals),
      () => this.#window.unconfirmed,
    );
    void this.#receive();
  }

  override _read(): void {}

  override _write(packets: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#window.pinged(countPings(packets));
    // While reading is held back the broker still hears our PINGREQ, but npm:mqtt would not hear
    // the answer and would give the connection up. It is answered here instead.
    if (this.#paused) this.#answerPings();
    this.send(packets).then(() => done(), done);
  }

  /**
   * npm:mqtt corks the stream and writes a packet piece by piece. The pieces must leave as one: an
   * acknowledgement between two of them would corrupt the stream for the broker.
   */
  override _writev(
    chunks: { readonly chunk: Uint8Array }[],
    done: (error?: Error) => void,
  ): void {
    this._write(concat(chunks.map(({ chunk }) => chunk)), "", done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#writing.then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    try {
      this.#byteStream.close();
    } catch {
      // The wire is closed already.
    }
    done(error);
  }

  /** Messages taken in so far, those of earlier connections included. */
  get received(): number {
    return this.#session.receiveQueue.received;
  }

  /** A figure that changes with everything that comes in, also with a packet's next piece. */
  get progress(): number {
    return this.received + this.#unread / 2 ** 32;
  }

  /** So many SUBSCRIBE packets more are on their way. */
  asks(count: number): void {
    this.#packetHandler.unanswered += count;
  }

  /** Resolves when the broker has read all that was written, or `signal` is aborted. */
  async confirmed(signal: AbortSignal): Promise<void> {
    const answered = Promise.withResolvers<void>();
    this.#window.ask(answered.resolve);
    signal.addEventListener("abort", () => answered.resolve(), { once: true });
    void this.send(PINGREQ_PACKET).catch(() => {});
    await answered.promise;
  }

  /** Resolves when everything handed over so far has been written. */
  async flush(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  /** Writes whole packets behind all others; `bytes` must stay as they are until it resolves. */
  send(bytes: Uint8Array): Promise<void> {
    const sent = this.#writing.then(async () => {
      if (this.destroyed) return;
      await writeAll(this.#byteStream, bytes);
    });
    this.#writing = sent.catch((error) => this.destroy(error));
    return sent;
  }

  #acknowledge(acks: Uint8Array, refusals: boolean): void {
    const ask = this.#window.sent(acks.length / 4);
    const packets = refusals ? withReasonCodes(acks) : acks;
    void this.send(ask ? concat([packets, PINGREQ_PACKET]) : packets).catch(() => {});
  }

  /** Answers what the broker's own answers, stuck behind messages, cannot answer in time. */
  #answerPings(): void {
    for (let count = this.#window.takeOver(); count > 0; count--) this.push(PINGRESP_PACKET);
  }

  async #receive(): Promise<void> {
    const { receiveQueue } = this.#session;
    const packet = packetSpan();
    let buffer = new Uint8Array(READ_BYTES);
    let length = 0;
    try {
      while (!this.destroyed) {
        // Batches are taken only once the connection is made, and SUBACK may be behind messages of
        // a session that goes on: to hold those back would be to wait for ever.
        if (this.#packetHandler.subscribed ? receiveQueue.full : receiveQueue.overfull) {
          this.#paused = true;
          this.#answerPings();
          await receiveQueue.room(this.#session.now);
          this.#paused = false;
        }
        const count = await this.#byteStream.read(buffer.subarray(length));
        // What arrives on a connection given up must not be acknowledged on the next.
        if (count === null || this.destroyed) break;
        length += count;
        let at = 0;
        let missing;
        const time = this.lastHeard = this.#session.now();
        try {
          while ((missing = readPacket(buffer, at, length, packet)) === 0) {
            const { start, end } = packet;
            if (this.#packetHandler.take(buffer, packet, time)) this.push(buffer.slice(start, end));
            at = end;
          }
        } catch (error) {
          throw this.#explained(error, buffer.subarray(at, length));
        } finally {
          // Also when the stream turns out malformed: the rows before that are good.
          if (at > 0) receiveQueue.notify();
          this.#session.publisher?.heard();
        }
        buffer = makeRoom(buffer, at, length, missing);
        length -= at;
        this.#unread = length;
      }
      // Not before npm:mqtt has read what came last: a DISCONNECT says why the connection ended.
      this.once("end", () => this.destroy());
      this.push(null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** An error about the packet that `bytes` begin with, and what is to be said of it. */
  #explained(error: unknown, bytes: Uint8Array): unknown {
    if (!(error instanceof MalformedPacketError)) return error;
    error.sent = escapeBytes(bytes.subarray(0, QUOTED_BYTES));
    error.afterConnack = this.#packetHandler.connected;
    return error;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
