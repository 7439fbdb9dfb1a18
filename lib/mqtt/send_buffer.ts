/** Collects packets for one connection: those of one turn leave in one write. */

import { ByteBuffer } from "../message/byte_buffer.ts";
import { nextTurn } from "../system/clock.ts";

/** With this many bytes waiting for the current write, publishers wait too. */
const MAX_BYTES = 64 * 1024;

/** Sends the bytes; resolves when they are written, or never will be. */
export type SendBytes = (bytes: Uint8Array) => Promise<void>;

export class SendBuffer {
  readonly #send: SendBytes;
  readonly #onRoom: () => void;
  #filling = new ByteBuffer(0);
  #leaving = new ByteBuffer(0);
  #writing = false;
  #written = Promise.resolve();

  /** @param onRoom Called after each write. */
  constructor(send: SendBytes, onRoom: () => void) {
    this.#send = send;
    this.#onRoom = onRoom;
  }

  /** Whether one more packet may be appended. */
  get hasRoom(): boolean {
    return this.#filling.length < MAX_BYTES;
  }

  /** Bytes appended and not written yet. */
  get pending(): number {
    return this.#filling.length + this.#leaving.length;
  }

  /** Resolves when every appended byte is written, or the write has failed. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** The buffer to append whole packets to; `filled()` must follow. */
  get buffer(): ByteBuffer {
    return this.#filling;
  }

  /** Sends what was appended, with everything else appended in this turn. */
  filled(): void {
    if (this.#writing) return;
    this.#writing = true;
    this.#written = this.#write();
  }

  async #write(): Promise<void> {
    // The system usually completes a write before the next turn of the event loop: without this
    // wait each message would be a write of its own.
    for (await nextTurn(); this.#filling.length > 0; await nextTurn()) {
      [this.#filling, this.#leaving] = [this.#leaving, this.#filling];
      // The connection reports its own error.
      await this.#send(this.#leaving.view()).catch(() => {});
      this.#leaving.clear();
      this.#onRoom();
    }
    this.#writing = false;
  }
}
