/** Publishes fast over a plain socket, and tracks the broker's acknowledgements. */

import type { QoS } from "../../lib/message/message.ts";
import { publishPacket, pubrel } from "../support/packets.ts";
import { limits } from "./broker.ts";
import { Published } from "./published.ts";
import { connectPacket, packetId, write } from "./publisher_packets.ts";
import { sleep } from "./wait.ts";

const CONNACK = 2, PUBACK = 4, PUBREC = 5, PUBCOMP = 7;
const TICK_MS = 4, RECONNECT_MS = 50, ACK_TIMEOUT_MS = 30_000;
/** Packet identifiers are used in turn; maximum distance of two unacknowledged ones. */
const MAX_SPAN = 30_000;

/** Options of {@linkcode Publisher.start}. */
export interface PublisherOptions {
  readonly port: number;
  /** @default {"p"} */
  readonly name?: string;
  /** @default {1} */
  readonly qos?: QoS;
  /** @default {4} */
  readonly topics?: number;
  /** Messages a second; `Infinity`: as fast as the window allows. @default {2000} */
  readonly rate?: number;
  /** Maximum of unacknowledged messages. @default {1000} */
  readonly window?: number;
  /** Filler after each payload, in bytes. @default {0} */
  readonly pad?: number;
  /** The broker is to retain them. @default {false} */
  readonly retain?: boolean;
  /** Number of messages after which it stops. @default {Infinity} */
  readonly count?: number;
}

/** Publishes with MQTT 3.1.1; reconnects, and resends unacknowledged messages. */
export class Publisher implements AsyncDisposable {
  readonly published: Published;
  /** Port of the broker for the next connection; may be changed. */
  port: number;
  rate: number;
  paused = false;
  readonly #window: number;
  readonly #count: number;
  readonly #retain: boolean;
  #connection: Deno.TcpConn | undefined;
  #closed = false;
  #out: Uint8Array[] = [];
  /** Of QoS 2: ids between PUBREC and PUBCOMP. */
  readonly #received = new Set<number>();
  /** Ids up to here are acknowledged. */
  #oldest = 0;
  /** QoS 0 messages whose connection broke while they were written. */
  #abandoned = 0;
  #running: Promise<void>;
  /** Start of the rate: a monotonic time, and the messages sent before. */
  #from = { time: performance.now(), count: 0 };

  private constructor(options: PublisherOptions) {
    const { port, name = "p", qos = 1, topics = 4, rate = 2000, window = 1000, pad = 0 } = options;
    this.published = new Published(name, qos, topics, pad);
    this.port = port;
    this.rate = rate;
    // Of more with QoS 2 Mosquitto acknowledges all and drops most: no recorder can know.
    this.#window = limits.asInstalled && qos === 2 ? Math.min(window, 20) : window;
    this.#count = options.count ?? Infinity;
    this.#retain = options.retain ?? false;
    this.#running = this.#run();
  }

  /** Starts publishing at once. */
  static start(options: PublisherOptions): Publisher {
    return new Publisher(options);
  }

  /** Pauses; resolves when the broker has acknowledged every message sent. */
  async pause(): Promise<void> {
    this.paused = true;
    await this.settled();
  }

  /** Goes on publishing. */
  resume(): void {
    this.paused = false;
    this.#from = { time: performance.now(), count: this.published.sent.length };
  }

  /** Resolves when `count` messages are sent and acknowledged. */
  async finished(): Promise<void> {
    while (this.published.sent.length < this.#count) await sleep(TICK_MS);
    await this.settled();
  }

  /** Resolves when every message sent is acknowledged; rejects after 30 s. */
  async settled(): Promise<void> {
    const { published } = this;
    const late = performance.now() + ACK_TIMEOUT_MS;
    for (;;) {
      const open = published.sent.length - published.ackedCount - this.#abandoned;
      if (open === 0) return;
      if (performance.now() > late) throw new Error(`${open} messages are never acknowledged`);
      await sleep(TICK_MS);
    }
  }

  /** Closes the connection for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#disconnect();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
        this.#connection.setNoDelay(true);
        this.#out = [connectPacket(`pub-${this.published.name}`)];
        const connected = Promise.withResolvers<boolean>();
        const reading = this.#read(this.#connection, connected.resolve)
          .catch(() => {}).finally(() => {
            connected.resolve(false);
            this.#disconnect();
          });
        await this.#pump(connected.promise);
        await reading;
      } catch {
        this.#disconnect();
      }
      const { qos, sent, ackedCount } = this.published;
      if (qos === 0) this.#abandoned = sent.length - ackedCount;
      if (!this.#closed) await sleep(RECONNECT_MS);
    }
  }

  #disconnect(): void {
    try {
      this.#connection?.close();
    } catch { /* It is closed already. */ }
    this.#connection = undefined;
  }

  /** Writes due messages until the connection is closed. */
  async #pump(connected: Promise<boolean>): Promise<void> {
    const { published } = this;
    const connection = this.#connection!;
    await write(connection, this.#out.splice(0));
    if (!await connected) return;
    this.#from = { time: performance.now(), count: published.sent.length };
    while (this.#connection === connection) {
      const first = published.sent.length;
      const packets = this.#out.splice(0);
      for (let due = this.#due(); due > 0; due--) packets.push(this.#next());
      if (packets.length === 0) {
        await sleep(TICK_MS);
        continue;
      }
      await write(connection, packets);
      if (published.qos === 0) {
        for (let id = first; id < published.sent.length; id++) {
          published.acknowledge(id, published.sent[id]);
        }
      }
      if (this.rate < Infinity) await sleep(TICK_MS);
    }
  }

  /** Messages that may be sent now. */
  #due(): number {
    const { sent, ackedCount, acked, qos } = this.published;
    if (this.paused) return 0;
    while (acked[this.#oldest] !== undefined) this.#oldest++;
    const elapsed = performance.now() - this.#from.time;
    const wanted = this.rate === Infinity
      ? this.#window
      : Math.floor(this.#from.count + elapsed * this.rate / 1000) - sent.length;
    const room = qos === 0
      ? this.#window
      : Math.min(this.#window - (sent.length - ackedCount), MAX_SPAN - sent.length + this.#oldest);
    if (wanted > room) this.#from = { time: performance.now(), count: sent.length + room };
    return Math.min(wanted, room, this.#count - sent.length);
  }

  #next(): Uint8Array {
    const { sent } = this.published;
    sent.push(Date.now());
    return this.#packet(sent.length - 1, false);
  }

  #packet(id: number, dup: boolean): Uint8Array {
    const { published } = this;
    const { qos } = published;
    return publishPacket({
      topic: published.topic(id),
      payload: published.payload(id),
      qos,
      id: packetId(id),
      retain: this.#retain,
      dup,
    });
  }

  /** Resends messages that the broker may not have, in order [MQTT-4.4.0-1]. */
  #again(sessionPresent: boolean): void {
    const { published } = this;
    if (!sessionPresent) this.#received.clear();
    for (let id = this.#oldest; published.qos > 0 && id < published.sent.length; id++) {
      if (published.acked[id] !== undefined) continue;
      published.resent.add(id);
      this.#out.push(
        this.#received.has(id) ? pubrel(packetId(id)) : this.#packet(id, sessionPresent),
      );
    }
  }

  async #read(connection: Deno.TcpConn, connected: (ok: boolean) => void): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let length = 0;
    for (;;) {
      const count = await connection.read(buffer.subarray(length));
      if (count === null) return;
      length += count;
      let at = 0;
      // A 3.1.1 broker sends a publisher only packets of four bytes.
      for (; at + 4 <= length; at += 4) {
        const type = buffer[at]! >> 4;
        if (type === CONNACK) {
          if (buffer[at + 3] !== 0) throw new Error("refused");
          this.#again((buffer[at + 2]! & 1) === 1);
          connected(true);
        } else this.#take(type, buffer[at + 2]! << 8 | buffer[at + 3]!);
      }
      buffer.copyWithin(0, at, length);
      length -= at;
    }
  }

  #take(type: number, packet: number): void {
    const id = this.#idOf(packet);
    if (type === PUBREC) {
      this.#received.add(id);
      this.#out.push(pubrel(packet));
    } else if (type === PUBACK || type === PUBCOMP) {
      this.#received.delete(id);
      this.published.acknowledge(id);
    }
  }

  /** The newest id with this packet identifier. */
  #idOf(packet: number): number {
    const last = this.published.sent.length - 1;
    return last - (packetId(last) - packet + 65_535) % 65_535;
  }
}
