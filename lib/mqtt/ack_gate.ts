/**
 * The gate between npm:mqtt and the socket. Takes messages out of the incoming stream and sends
 * their acknowledgements only when they are on disk; passes everything else on.
 *
 *     socket ─▶ packets ─┬─ PUBLISH ─▶ receive queue (row, pending ack) ─▶ … disk … ─▶ socket
 *                        ├─ PUBREL  ─▶ receive queue (pending PUBCOMP)
 *                        ├─ PUBACK, PUBREC, PUBCOMP of our own messages ─▶ publisher ─▶ socket
 *                        └─ other packets ─▶ npm:mqtt ─▶ CONNECT, SUBSCRIBE, PINGREQ … ─▶ socket
 */

import { Duplex } from "node:stream";
import { withReasonCodes } from "./packets/ack_codes.ts";
import { AckWindow } from "./ack_window.ts";
import { concatBytes } from "../message/concat_bytes.ts";
import { type Handled, PacketHandler, type Session } from "./packet_handler.ts";
import { quoting } from "./packets/properties.ts";
import type { ByteStream } from "./transport/byte_stream.ts";
import { countPings, makeRoom, READ_BYTES } from "./packets/packet_reader.ts";
import { writeAll } from "../system/write_all.ts";

/** A PINGRESP later than this may have been dropped: see `AckWindow`. */
const ASK_AGAIN_MS = 1_000;

const PINGREQ_PACKET = Uint8Array.of(0xc0, 0);
const PINGRESP_PACKET = Uint8Array.of(0xd0, 0);

export class AckGate extends Duplex {
  readonly #byteStream: ByteStream;
  readonly #session: Session;
  readonly #packetHandler: PacketHandler;
  #writing: Promise<unknown> = Promise.resolve();
  /** Whether reading is paused because the queue is full. */
  #paused = false;
  readonly #window = new AckWindow(() => this.messages);
  /** What was handled of the bytes read last. */
  readonly #handled: Handled = { end: 0, messages: 0, messageBytes: 0, missing: 0 };
  /** Bytes received of an incomplete packet. */
  #unread = 0;

  /** Messages received on this connection, also those that become no row. */
  messages = 0;
  /** When the broker last sent anything, ms since the epoch. */
  lastHeard: number;
  /** When nothing waited for this connection for sure, ms since the epoch; known at its end. */
  clearAt = Infinity;

  constructor(byteStream: ByteStream, session: Session, version: 4 | 5) {
    super();
    this.#byteStream = byteStream;
    this.#session = session;
    this.#packetHandler = new PacketHandler(session, this.#window, version);
    this.lastHeard = session.now();
    const { receiveQueue } = session;
    receiveQueue.connect(
      (acks, refusals) => this.#acknowledge(acks, refusals),
      () => this.#window.unconfirmed,
    );
    receiveQueue.backlog.connect(receiveQueue.clock.monotonic(), this.#ask, version);
    void this.#receive();
  }

  override _read(): void {}

  override _write(packets: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#window.pinged(countPings(packets), this.#session.receiveQueue.clock.monotonic());
    // While reading is paused npm:mqtt cannot see the broker's PINGRESP and would close the
    // connection (https://github.com/mqttjs/MQTT.js/issues/1935): the gate answers instead.
    if (this.#paused) this.#answerPings();
    this.send(packets).then(() => done(), done);
  }

  /**
   * npm:mqtt corks the stream and writes a packet in several chunks. They must leave as one write:
   * an acknowledgement between two of them would corrupt the stream.
   */
  override _writev(
    chunks: { readonly chunk: Uint8Array }[],
    done: (error?: Error) => void,
  ): void {
    this._write(concatBytes(chunks.map(({ chunk }) => chunk)), "", done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#writing.then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { receiveQueue } = this.#session;
    const { backlog, clock } = receiveQueue, now = clock.monotonic();
    this.clearAt = this.#session.now() - (now - backlog.clearAt(receiveQueue.flight.open));
    backlog.lost(now, this.#ask);
    try {
      this.#byteStream.close();
    } catch {
      // The byte stream is closed already.
    }
    done(error);
  }

  /** Messages received so far, also on earlier connections. */
  get received(): number {
    return this.#session.receiveQueue.received;
  }

  /** A number that changes with every message, and with every part of a long one. */
  get progress(): number {
    return this.received + this.#unread / 2 ** 32;
  }

  /** Expects answers to `count` more SUBSCRIBE packets. */
  expectSubacks(count: number): void {
    this.#packetHandler.unanswered += count;
  }

  /** Expects a code for each of `filters` filters in the SUBACK with this packet identifier. */
  expectCodes(id: number, filters: number): void {
    this.#packetHandler.expectedCodes.set(id, filters);
  }

  /** Resolves with true once the broker has read everything written; false: unknown. */
  async confirmed(signal: AbortSignal): Promise<boolean> {
    const { receiveQueue } = this.#session;
    const over = new AbortController();
    const end = () => over.abort();
    let isAnswered = false;
    const then = () => {
      isAnswered = true;
      end();
    };
    this.once("close", end);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted || this.destroyed) end();
    while (!over.signal.aborted) {
      this.#window.ask(receiveQueue.clock.monotonic(), then);
      void this.send(PINGREQ_PACKET).catch(() => {});
      await receiveQueue.clock.sleep(ASK_AGAIN_MS, over.signal);
    }
    this.off("close", end);
    signal.removeEventListener("abort", end);
    return isAnswered;
  }

  /** Resolves when all pending writes are done. */
  async flush(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  /** Writes whole packets after all pending ones; `bytes` must not change until it resolves. */
  send(bytes: Uint8Array): Promise<void> {
    const sent = this.#writing.then(async () => {
      if (this.destroyed) return;
      await writeAll(this.#byteStream, bytes);
    });
    this.#writing = sent.catch((error) => this.destroy(error));
    return sent;
  }

  #acknowledge(acks: Uint8Array, refusals: boolean): void {
    const { backlog } = this.#session.receiveQueue;
    const window = this.#window;
    window.sent(acks.length / 4);
    const now = this.#session.receiveQueue.clock.monotonic();
    const ask = (window.isDue || backlog.isDue(now)) && window.mayAsk(now);
    if (ask) window.ask(now, this.#question(now));
    const packets = refusals ? withReasonCodes(acks) : acks;
    void this.send(ask ? concatBytes([packets, PINGREQ_PACKET]) : packets).catch(() => {});
  }

  /** Sends a PINGREQ that shows whether messages wait at the broker. */
  readonly #ask = (): void => {
    const now = this.#session.receiveQueue.clock.monotonic();
    if (!this.#window.mayAsk(now)) return;
    this.#window.ask(now, this.#question(now));
    void this.send(PINGREQ_PACKET).catch(() => {});
  };

  /** The function to call when the broker answers a PINGREQ sent now. */
  #question(now: number): () => void {
    const { receiveQueue, incoming } = this.#session;
    const { backlog, flight: { open, arrived } } = receiveQueue;
    const asked = backlog.asked(now, { open: open + incoming.size, arrived });
    return () => {
      const now = receiveQueue.clock.monotonic();
      backlog.answered(asked, now, receiveQueue.flight.arrived, this.#handled.messages > 0);
    };
  }

  /** Answers npm:mqtt's PINGREQs, because the broker's answers come after unread messages. */
  #answerPings(): void {
    for (let count = this.#window.takeOver(); count > 0; count--) this.push(PINGRESP_PACKET);
  }

  async #receive(): Promise<void> {
    const { receiveQueue } = this.#session;
    const { backlog } = receiveQueue;
    const packetHandler = this.#packetHandler;
    const handled = this.#handled;
    const passOn = (packet: Uint8Array) => void this.push(packet);
    let buffer = new Uint8Array(READ_BYTES);
    let length = 0;
    try {
      while (!this.destroyed) {
        // Nothing takes batches before SUBACK, and a resumed session may send a backlog before it:
        // pausing at `full` already would be a deadlock.
        if (packetHandler.subscribed ? receiveQueue.full : receiveQueue.overfull) {
          this.#paused = true;
          this.#answerPings();
          backlog.hold(receiveQueue.clock.monotonic(), true);
          await receiveQueue.room();
          backlog.hold(receiveQueue.clock.monotonic(), false);
          this.#paused = false;
        }
        const count = await this.#byteStream.read(buffer.subarray(length));
        // A message read from a closed connection must not be acknowledged on the next one.
        if (count === null || this.destroyed) break;
        length += count;
        const { open } = receiveQueue.flight;
        const time = this.lastHeard = this.#session.now();
        try {
          packetHandler.takeAll(buffer, length, time, handled, passOn);
        } catch (error) {
          throw quoting(error, buffer.subarray(handled.end, length), packetHandler.connected);
        } finally {
          // Also after a malformed packet: the rows before it are good.
          const { end, messages: packets, messageBytes: bytes } = handled;
          this.messages += packets;
          if (packets > 0) {
            backlog.received(receiveQueue.clock.monotonic(), { packets, bytes }, open);
          }
          if (end > 0) receiveQueue.notify();
          this.#session.publisher?.heard();
        }
        buffer = makeRoom(buffer, handled.end, length, handled.missing);
        length -= handled.end;
        this.#unread = length;
        if (backlog.isDue(receiveQueue.clock.monotonic(), receiveQueue.flight.open)) this.#ask();
      }
      // npm:mqtt must read the last packet first: a DISCONNECT says why the connection ended.
      this.once("end", () => this.destroy());
      this.push(null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}
