/** A broker that sends the same messages to every subscriber, as fast as it accepts them. */

import {
  BodyReader,
  CONNECT,
  type Connect,
  DISCONNECT,
  packetEnd,
  PUBACK,
  readConnect,
  SUBSCRIBE,
} from "../faults/client_packets.ts";
import { ConnWriter } from "../faults/conn_writer.ts";
import type { Publishes } from "../faults/publishes.ts";
import { answerTo, bodyOf } from "./answers.ts";

/** Bytes of one write: larger ones only wait longer in the kernel. */
const WRITE_BYTES = 512 * 1024;

/** The messages as packets of each protocol version, sent repeatedly. */
export type Load = Readonly<Record<4 | 5, Publishes>>;

export interface BlastOptions {
  /** Messages to send. */
  readonly count: number;
  /** QoS 1 messages in flight, fewer than a load has. @default {Infinity, for QoS 0} */
  readonly window?: number;
}

/** One subscriber, from its CONNECT to the end of the connection. */
export class Subscriber {
  /** Messages acknowledged. */
  acknowledged = 0;
  /** Called with the number of further acknowledgements. */
  onAcknowledged: (count: number) => void = () => {};
  readonly subscribed = Promise.withResolvers<void>();
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #writer: ConnWriter;
  readonly #conn: Deno.TcpConn;
  #connect: Connect | undefined;
  #progress = Promise.withResolvers<void>();
  #gone = false;

  constructor(conn: Deno.TcpConn) {
    conn.setNoDelay(true);
    this.#conn = conn;
    this.#writer = new ConnWriter(conn, () => this.close());
    this.subscribed.promise.catch(() => {});
    this.ended = this.#receive().catch(() => {}).then(() => this.close());
  }

  get version(): 4 | 5 {
    return this.#connect?.version ?? 4;
  }

  /** Receive Maximum of the subscriber. */
  get receiveMaximum(): number {
    return this.#connect?.receiveMaximum ?? 65_535;
  }

  /** Writes bytes; resolves when the system has them, or the subscriber is gone. */
  send(bytes: Uint8Array): Promise<void> {
    return this.#writer.send(bytes);
  }

  /** Sends the load repeatedly; resolves when the system has the last message. */
  async blast(load: Load, { count, window = Infinity }: BlastOptions): Promise<void> {
    const block = load[this.version];
    const { bytes } = block;
    const perWrite = Math.max(1, Math.floor(WRITE_BYTES / (bytes.length / block.count)));
    const before = this.acknowledged;
    for (let sent = 0, at = 0; sent < count && !this.#gone;) {
      const free = window - (sent - (this.acknowledged - before));
      if (free <= 0) {
        await this.#progress.promise;
        continue;
      }
      const end = Math.min(block.count, at + perWrite, at + free, at + count - sent);
      await this.send(bytes.subarray(block.start(at), block.start(end)));
      sent += end - at;
      at = end % block.count;
    }
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#writer.stop();
    this.subscribed.reject(new Error("The connection ended before SUBSCRIBE"));
    this.#conn.close();
    this.#progress.resolve();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(256 * 1024);
    let length = 0;
    for (let left = false; !left;) {
      const count = await this.#conn.read(buffer.subarray(length));
      if (count === null) return;
      length += count;
      let at = 0;
      const before = this.acknowledged;
      for (let end; (end = packetEnd(buffer, at, length)) > 0; at = end) {
        const type = buffer[at]! >> 4;
        if (type === PUBACK) this.acknowledged++;
        else if (type === DISCONNECT) left = true;
        else this.#answer(type, buffer.subarray(at, end));
      }
      buffer.copyWithin(0, at, length);
      length -= at;
      if (this.acknowledged === before) continue;
      this.onAcknowledged(this.acknowledged - before);
      this.#progress.resolve();
      this.#progress = Promise.withResolvers();
    }
  }

  #answer(type: number, packet: Uint8Array): void {
    if (type === CONNECT) {
      this.#connect = readConnect(new BodyReader(packet, bodyOf(packet), packet.length));
    }
    const answer = answerTo(packet, this.version);
    if (answer !== undefined) void this.send(answer);
    if (type === SUBSCRIBE) this.subscribed.resolve();
  }
}

/** Listens on a free port of 127.0.0.1. */
export class BlastBroker implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Subscriber>();
  readonly #waiting: ((subscriber: Subscriber) => void)[] = [];
  readonly #accepting = this.#accept();

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Resolves with the next connection that subscribes. */
  subscriber(): Promise<Subscriber> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) connection.close();
    await Promise.all([...this.#connections].map(({ ended }) => ended));
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        const subscriber = new Subscriber(conn);
        this.#connections.add(subscriber);
        void subscriber.ended.then(() => this.#connections.delete(subscriber));
        // Ignore connections that do not subscribe: a client also connects to end its session.
        subscriber.subscribed.promise.then(() => this.#waiting.shift()?.(subscriber), () => {});
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
