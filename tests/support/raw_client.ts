/** An MQTT client that does only what a test tells it to, for the built-in broker. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IPublishPacket,
  type Packet,
  parser,
} from "mqtt-packet";
import type { EmbeddedBroker } from "../../lib/embedded_broker/embedded_broker.ts";
import type { QoS } from "../../lib/message/message.ts";
import { withTimeout } from "./with_timeout.ts";

type Of<C extends Packet["cmd"]> = Extract<Packet, { cmd: C }>;

/** What a test may leave out of a PUBLISH. */
export type Publish =
  & { readonly topic: string; readonly payload?: string | Uint8Array }
  & Partial<Omit<IPublishPacket, "cmd" | "topic" | "payload">>;

export class RawClient implements AsyncDisposable {
  readonly #conn: Deno.TcpConn;
  readonly #version: 4 | 5;
  readonly #received: Packet[] = [];
  readonly #reading: Promise<void>;
  #more = Promise.withResolvers<void>();
  #ended = false;
  connack!: IConnackPacket;

  private constructor(conn: Deno.TcpConn, version: 4 | 5) {
    this.#conn = conn;
    this.#version = version;
    this.#reading = this.#read();
  }

  /** Opens a TCP connection. */
  static async open(
    { port }: Pick<EmbeddedBroker, "port">,
    version: 4 | 5,
  ): Promise<RawClient> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new RawClient(conn, version);
  }

  /** Connects, and waits for CONNACK. */
  static async connect(
    { port }: Pick<EmbeddedBroker, "port">,
    { protocolVersion = 5, clientId = crypto.randomUUID(), clean = true, ...options }: Partial<
      Omit<IConnectPacket, "cmd" | "protocolVersion"> & { readonly protocolVersion: 4 | 5 }
    > = {},
  ): Promise<RawClient> {
    const client = await RawClient.open({ port }, protocolVersion);
    const connect = { cmd: "connect", clientId, clean, keepalive: 0, ...options } as const;
    await client.send({ ...connect, protocolId: "MQTT", protocolVersion });
    client.connack = await client.next("connack");
    return client;
  }

  /** Sends packets, in one segment where they fit. */
  async send(...packets: readonly (Packet | Uint8Array)[]): Promise<void> {
    const bytes = Buffer.concat(
      packets.map((packet) =>
        packet instanceof Uint8Array ? packet : generate(packet, { protocolVersion: this.#version })
      ),
    );
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Subscribes, and returns the codes of SUBACK. */
  async subscribe(topics: readonly string[] | string, qos: QoS = 2, more = {}): Promise<unknown> {
    const subscriptions = [topics].flat().map((topic) => ({ topic, qos, ...more }));
    await this.send({ cmd: "subscribe", messageId: 1, subscriptions });
    return (await this.next("suback")).granted;
  }

  async publish(...messages: readonly Publish[]): Promise<void> {
    await this.send(...messages.map((message) => publish(message)));
  }

  /** The next packet, which must be of that kind. */
  async next<C extends Packet["cmd"]>(cmd: C): Promise<Of<C>> {
    while (this.#received.length === 0) {
      assert.ok(!this.#ended, `disconnected before ${cmd}`);
      await withTimeout(this.#more.promise, cmd);
    }
    const packet = this.#received.shift()!;
    if (packet.cmd !== cmd) assert.fail(`${JSON.stringify(packet)} instead of ${cmd}`);
    return packet as Of<C>;
  }

  /** The next message's payload as text; acknowledges QoS 1. */
  async message(): Promise<string> {
    const { payload, qos, messageId } = await this.next("publish");
    if (qos === 1) await this.send({ cmd: "puback", messageId: messageId! });
    return String(payload);
  }

  /** Fails when anything has come by the time that the broker answers a PINGREQ. */
  async nothing(): Promise<void> {
    await this.send({ cmd: "pingreq" });
    await this.next("pingresp");
  }

  /** Resolves when the broker has closed the connection. */
  async closed(): Promise<void> {
    await withTimeout(this.#reading, "the end of the connection");
  }

  async disconnect(): Promise<void> {
    await this.send({ cmd: "disconnect" });
    await this.closed();
  }

  /** Ends without a word, as a device that is switched off. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#conn.close();
    } catch {
      // It was closed before.
    }
    await this.#reading;
  }

  async #read(): Promise<void> {
    const reader = parser({ protocolVersion: this.#version });
    reader.on("packet", (packet) => {
      this.#received.push(packet);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    });
    reader.on("error", () => {});
    const buffer = new Uint8Array(256 * 1024);
    try {
      for (let count; (count = await this.#conn.read(buffer)) !== null;) {
        reader.parse(Buffer.from(buffer.subarray(0, count)));
      }
      this.#conn.close();
    } catch {
      // The connection is gone.
    }
    this.#ended = true;
    this.#more.resolve();
  }
}

/** A PUBLISH. */
export function publish({ payload = "", ...message }: Publish): IPublishPacket {
  const bytes = typeof payload === "string" ? payload : Buffer.from(payload);
  return { cmd: "publish", qos: 0, dup: false, retain: false, ...message, payload: bytes };
}
