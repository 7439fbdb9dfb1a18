/** One client's connection to the strict broker. */

import {
  BodyReader,
  ClientError,
  CONNECT,
  type Connect,
  DISCONNECT,
  packetEnd,
  PINGREQ,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  readConnect,
  readFilters,
  readStatus,
  type Status,
  SUBSCRIBE,
  type Subscription,
  UNSUBSCRIBE,
} from "./client_packets.ts";
import { ConnWriter } from "./conn_writer.ts";
import { InFlight } from "./in_flight.ts";
import { type Publishes, variable } from "./publishes.ts";
import { pubackOf, withReason } from "./strict_answers.ts";
import type { Script } from "./strict_script.ts";

/** Messages of one write, in bytes. */
const WRITE_BYTES = 256 * 1024;
const FLAGS = [-1, 0, -1, -1, 0, 0, 2, 0, 2, -1, 2, -1, 0, -1, 0, -1];

/** How a connection ended. */
export interface Ended {
  /** Reason code of the client's DISCONNECT; undefined without one. */
  readonly disconnect?: number;
  /** Session expiry in DISCONNECT, in seconds. */
  readonly sessionExpirySeconds?: number | undefined;
}

export interface BlastOptions {
  /** QoS 1 and 2 messages in flight, at most Receive Maximum. @default {Receive Maximum} */
  readonly window?: number;
  readonly signal?: AbortSignal;
}

export class StrictConnection {
  readonly inFlight = new InFlight();
  /** Messages sent. */
  sent = 0;
  connect: Connect | undefined;
  /** Filters of the last SUBSCRIBE, as requested. */
  filters: readonly Subscription[] = [];
  /** Filters of every SUBSCRIBE and, with a `-`, of every UNSUBSCRIBE, packet by packet. */
  readonly requests: string[][] = [];
  /** Subscription identifiers by filter. */
  readonly identifiers = new Map<string, number>();
  /** Messages published by the client. */
  readonly published: Status[] = [];
  /** Filters of every UNSUBSCRIBE. */
  readonly unsubscribed: string[] = [];
  readonly subscribed = Promise.withResolvers<void>();
  readonly ended: Promise<Ended>;
  readonly #writer: ConnWriter;
  readonly #conn: Deno.Conn;
  readonly #script: Script;
  #progress = Promise.withResolvers<void>();
  #gone = false;
  #disconnect: Ended | undefined;

  constructor(
    conn: Deno.TcpConn,
    script: Script,
    readonly attempt: number,
    onError: (error: unknown) => void,
  ) {
    conn.setNoDelay(true);
    this.#conn = conn;
    this.#writer = new ConnWriter(conn, () => this.close());
    this.#script = script;
    const received = this.#receive().catch((error) =>
      error instanceof ClientError && onError(error)
    );
    this.ended = received.then(() => {
      this.close();
      return this.#disconnect ?? {};
    });
    this.subscribed.promise.catch(() => {});
  }

  get isOpen(): boolean {
    return !this.#gone;
  }

  /** Writes raw bytes; resolves when the system has accepted them, or the client is gone. */
  send(bytes: Uint8Array): Promise<void> {
    return this.#writer.send(bytes);
  }

  /**
   * Sends messages as fast as the window and the client's reading allow; resolves with their number
   * when the system has accepted all, the client is gone, or the signal aborts.
   */
  async blast(source: Iterable<Publishes>, options: BlastOptions = {}): Promise<number> {
    const { signal } = options;
    const window = Math.min(options.window ?? Infinity, this.connect!.receiveMaximum);
    const { inFlight } = this;
    const before = this.sent;
    for (const block of source) {
      for (let i = 0; i < block.count && !signal?.aborted && !this.#gone;) {
        const first = i;
        const start = block.start(i);
        let bytes = 0;
        for (; i < block.count && bytes < WRITE_BYTES; i++) {
          const qos = block.qos(i);
          if (qos > 0) {
            if (inFlight.count >= window || inFlight.isUsed(block.id(i))) break;
            inFlight.sent(qos, block.id(i));
          }
          bytes = block.start(i + 1) - start;
        }
        if (i === first) {
          await this.#progress.promise;
          continue;
        }
        await this.send(block.bytes.subarray(start, start + bytes));
        this.sent += i - first;
      }
      if (signal?.aborted || this.#gone) break;
    }
    return this.sent - before;
  }

  /** Resolves when every message is acknowledged (true) or the client is gone (false). */
  async settled(): Promise<boolean> {
    while (this.inFlight.count > 0 && !this.#gone) await this.#progress.promise;
    return this.inFlight.count === 0;
  }

  /** Sends DISCONNECT with a reason code (MQTT 5 only) and perhaps a reason string, and closes. */
  async disconnect(code: number, reason?: string): Promise<void> {
    await this.send(Uint8Array.from([0xe0, ...withReason([code], reason)]));
    this.close();
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#writer.stop();
    this.subscribed.reject(new Error("The connection ended before SUBSCRIBE"));
    this.#conn.close();
    this.#wake();
  }

  #wake(): void {
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }

  async #receive(): Promise<void> {
    let buffer = new Uint8Array(64 * 1024);
    let length = 0;
    while (!this.#gone && (this.#disconnect === undefined || this.#script.lingers)) {
      const count = await this.#conn.read(buffer.subarray(length));
      if (count === null) break;
      length += count;
      let at = 0;
      const answers: number[] = [];
      for (let end; (end = packetEnd(buffer, at, length)) > 0; at = end) {
        let body = at + 2;
        while (buffer[body - 1]! >= 128) body++;
        this.#take(buffer[at]!, new BodyReader(buffer, body, end), answers);
      }
      if (answers.length > 0) void this.send(Uint8Array.from(answers));
      buffer.copyWithin(0, at, length);
      length -= at;
      if (length === buffer.length) {
        const grown = new Uint8Array(length * 2);
        grown.set(buffer);
        buffer = grown;
      }
      this.#wake();
    }
    if (length > 0) throw new ClientError("a packet cut off by the end of the connection");
  }

  #take(first: number, body: BodyReader, answers: number[]): void {
    const type = first >> 4;
    if (type === PUBLISH && this.#script.puback !== undefined && this.connect !== undefined) {
      return this.#takeStatus(first, body, answers);
    }
    if (FLAGS[type] !== (first & 15)) throw new ClientError(`packet type ${first.toString(16)}`);
    if ((type === CONNECT) === (this.connect !== undefined)) {
      throw new ClientError(`packet type ${type} out of turn`); // [MQTT-3.1.0-1], [MQTT-3.1.0-2]
    }
    if (type === CONNECT) {
      this.connect = readConnect(body);
      this.#answerConnect(this.connect, answers);
      return;
    }
    const { version } = this.connect!;
    if (type === PUBACK || type === PUBREC || type === PUBCOMP) {
      const id = body.number(2);
      const code = body.left > 0 ? body.byte() : 0;
      if (body.left > 0) body.properties();
      if (this.inFlight.acknowledge(type, id, code >= 0x80)) {
        answers.push(0x62, 2, id >> 8, id & 255);
      }
    } else if (type === SUBSCRIBE || type === UNSUBSCRIBE) {
      const id = body.number(2);
      if (id === 0) throw new ClientError("packet identifier 0");
      const filters = readFilters(body, type, version);
      const properties = version === 5 ? [0] : [];
      const sign = type === SUBSCRIBE ? "" : "-";
      this.requests.push(filters.map(({ filter }) => `${sign}${filter}`));
      for (const { filter, identifier } of type === SUBSCRIBE ? filters : []) {
        if (identifier === undefined) this.identifiers.delete(filter);
        else this.identifiers.set(filter, identifier);
      }
      let codes: readonly number[] | "silent" | "close" = version === 5 ? filters.map(() => 0) : [];
      if (type === UNSUBSCRIBE) {
        this.unsubscribed.push(...filters.map(({ filter }) => filter));
        if (this.#script.unsuback === "silent") return;
      } else {
        this.filters = filters;
        codes = this.#script.suback?.(filters, this.attempt) ?? filters.map(({ qos }) => qos);
      }
      if (codes === "silent") return;
      if (codes === "close") return this.close();
      const answer = [id >> 8, id & 255, ...properties, ...codes];
      answers.push(type === SUBSCRIBE ? 0x90 : 0xb0, ...variable(answer.length), ...answer);
      if (type === SUBSCRIBE) this.subscribed.resolve();
    } else if (type === PINGREQ) {
      if (!this.#script.deaf) answers.push(0xd0, 0);
    } else if (type === DISCONNECT) {
      const code = body.left > 0 ? body.byte() : 0;
      const properties = body.left > 0 ? body.properties() : undefined;
      this.#disconnect = { disconnect: code, sessionExpirySeconds: properties?.get(0x11) };
    }
    body.end();
  }

  #takeStatus(first: number, body: BodyReader, answers: number[]): void {
    const { version } = this.connect!;
    const { status, id } = readStatus(first, body, version);
    this.published.push(status);
    const answer = this.#script.puback!(status, this.attempt);
    if (answer === "close") return this.close();
    if (answer === "silent" || status.qos === 0) return;
    const { code, reason } = typeof answer === "number" ? { code: answer } : answer;
    answers.push(...pubackOf(id, code, version, reason));
  }

  #answerConnect(connect: Connect, answers: number[]): void {
    const answer = this.#script.connack?.(connect, this.attempt) ?? {};
    if (answer === "silent") return;
    if (answer === "close") return this.close();
    const { code = 0, sessionPresent = false, reason, properties } = answer;
    const head = [sessionPresent ? 1 : 0, code];
    answers.push(
      0x20,
      ...(connect.version === 5 ? withReason(head, reason, properties) : [2, ...head]),
    );
  }
}
