/** The bytes of one client of the built-in broker: packets in, what is to be sent out. */

import { writeAll } from "../system/write_all.ts";
import { SendBuffer } from "../mqtt/send_buffer.ts";
import {
  FROM_CLIENT,
  makeRoom,
  type PacketSpan,
  packetSpan,
  readPacket,
} from "../mqtt/packets/packet_reader.ts";

/** Room for one read: little while little comes, as each of many clients has one. */
const LITTLE_BYTES = 2 * 1024, MUCH_BYTES = 64 * 1024;
/** Time for a client to read why it is disconnected. */
const LINGER_MS = 500;

/** A client sent a packet longer than is taken. */
export class TooLargeError extends Error {
  constructor(readonly bytes: number) {
    super(`a packet of ${bytes} bytes`);
  }
}

export class ClientSocket {
  readonly #conn: Deno.Conn;
  readonly sendBuffer: SendBuffer;
  /** Longest packet that is taken, in bytes. */
  maximum: number;
  isClosed = false;
  #isReading = false;

  /** @param onRoom Called after each write. */
  constructor(conn: Deno.Conn, maximum: number, onRoom: () => void) {
    this.#conn = conn;
    this.maximum = maximum;
    this.sendBuffer = new SendBuffer((bytes) => this.#send(bytes), onRoom);
  }

  /**
   * Hands over packet after packet, until the connection ends.
   *
   * @param take Gets a packet that lies in `bytes` until it returns, or what it returns resolves.
   * @throws {MalformedPacketError} The header of one breaks a rule.
   * @throws {TooLargeError} One is longer than `maximum`; known before it has come. What `take` throws.
   */
  async read(
    take: (bytes: Uint8Array, packet: PacketSpan) => Promise<void> | undefined,
  ): Promise<void> {
    const packet = packetSpan();
    let buffer = new Uint8Array(LITTLE_BYTES);
    let length = 0;
    while (!this.isClosed) {
      const count = await this.#readInto(buffer.subarray(length));
      if (count === null) return;
      length += count;
      const isMuch = length === buffer.length;
      let at = 0;
      let missing = 0;
      while (
        !this.isClosed && (missing = readPacket(buffer, at, length, packet, FROM_CLIENT)) === 0
      ) {
        if (packet.end - at > this.maximum) throw new TooLargeError(packet.end - at);
        const taken = take(buffer, packet);
        if (taken) await taken;
        at = packet.end;
      }
      const packetBytes = length - at + missing;
      if (packetBytes > this.maximum) throw new TooLargeError(packetBytes);
      const usual = isMuch ? MUCH_BYTES : Math.min(buffer.length, MUCH_BYTES);
      buffer = makeRoom(buffer, at, length, missing, usual);
      length -= at;
    }
  }

  /** Closes once all is written, and perhaps read. */
  async closeAfterWriting(
    withDeadline: (ms: number, promise: Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    await withDeadline(LINGER_MS, this.sendBuffer.written);
    // The system resets a connection that has unread bytes, and what was written would be lost.
    if (!this.#isReading) await withDeadline(LINGER_MS, this.#discard());
    this.close();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      this.#conn.close();
    } catch {
      // The other side was faster.
    }
  }

  /** Null where the connection has ended, in whichever way: a device that is switched off. */
  async #readInto(buffer: Uint8Array): Promise<number | null> {
    this.#isReading = true;
    try {
      return await this.#conn.read(buffer);
    } catch {
      return null;
    } finally {
      this.#isReading = false;
    }
  }

  async #discard(): Promise<void> {
    const buffer = new Uint8Array(MUCH_BYTES);
    await this.#conn.closeWrite().catch(() => {});
    while (!this.isClosed && await this.#readInto(buffer) !== null);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (this.isClosed) return;
    try {
      await writeAll(this.#conn, bytes);
    } catch {
      this.close();
    }
  }
}
