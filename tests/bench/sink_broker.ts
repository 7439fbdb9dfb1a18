/** A broker that acknowledges and drops messages as fast as they arrive. */

import { CONNECT, DISCONNECT, packetEnd } from "../faults/client_packets.ts";
import { answerTo, versionOf } from "./answers.ts";

const READ_BYTES = 256 * 1024;
const PUBLISH = 3, PUBREL = 6;
const PUBACK_BYTE = 0x40, PUBREC_BYTE = 0x50, PUBCOMP_BYTE = 0x70;
/** A PUBLISH has at least two bytes, an acknowledgement four. */
const MAX_ANSWERS = READ_BYTES * 2;

/** Listens on a free port of 127.0.0.1. */
export class SinkBroker implements AsyncDisposable {
  /** Messages received on all connections. */
  count = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Map<Deno.TcpConn, Promise<void>>();
  readonly #accepting = this.#accept();
  #came = Promise.withResolvers<void>();
  /** Arrival of the first and the last message of a round, as `performance.now()`. */
  #first = 0;
  #last = 0;

  get port(): number {
    return this.#listener.addr.port;
  }

  /**
   * Waits for the next `count` messages.
   *
   * @returns Milliseconds from the first to the last, without the start of the sender.
   */
  async take(count: number): Promise<number> {
    this.count = 0;
    while (this.count < count) {
      this.#came = Promise.withResolvers();
      await this.#came.promise;
    }
    return this.#last - this.#first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const [conn, served] of this.#connections) {
      try {
        conn.close();
      } catch { /* The client was faster. */ }
      await served;
    }
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        conn.setNoDelay(true);
        const served = this.#serve(conn).catch(() => {}).then(() => {
          this.#connections.delete(conn);
          try {
            conn.close();
          } catch { /* It is closed already. */ }
        });
        this.#connections.set(conn, served);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    const answers = new Uint8Array(MAX_ANSWERS);
    let version: 4 | 5 = 4;
    let length = 0;
    for (let left = false; !left;) {
      const read = await conn.read(buffer.subarray(length));
      if (read === null) return;
      length += read;
      const before = this.count;
      let at = 0, answered = 0;
      for (let end; (end = packetEnd(buffer, at, length)) > 0; at = end) {
        const type = buffer[at]! >> 4;
        if (type === PUBLISH || type === PUBREL) {
          answered = this.#take(buffer, at, answers, answered);
          continue;
        }
        const packet = buffer.subarray(at, end);
        if (type === CONNECT) version = versionOf(packet);
        left ||= type === DISCONNECT;
        const answer = answerTo(packet, version) ?? new Uint8Array();
        answers.set(answer, answered);
        answered += answer.length;
      }
      buffer.copyWithin(0, at, length);
      length -= at;
      if (this.count > before) {
        this.#last = performance.now();
        if (before === 0) this.#first = this.#last;
        this.#came.resolve();
      }
      for (let sent = 0; sent < answered;) {
        sent += await conn.write(answers.subarray(sent, answered));
      }
    }
  }

  /** Counts a PUBLISH and answers it, or a PUBREL; returns where the answers end. */
  #take(packets: Uint8Array, start: number, answers: Uint8Array, at: number): number {
    const first = packets[start]!;
    let id = start + 2;
    while (packets[id - 1]! >= 128) id++;
    const isPublish = first >> 4 === PUBLISH;
    if (isPublish) {
      this.count++;
      if ((first & 6) === 0) return at;
      id += 2 + (packets[id]! << 8 | packets[id + 1]!);
    }
    answers[at] = !isPublish ? PUBCOMP_BYTE : (first & 2) !== 0 ? PUBACK_BYTE : PUBREC_BYTE;
    answers[at + 1] = 2;
    answers[at + 2] = packets[id]!;
    answers[at + 3] = packets[id + 1]!;
    return at + 4;
  }
}
