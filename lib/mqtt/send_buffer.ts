/** Packets on their way to one connection: what comes together leaves in one write. */

import { ByteBuffer } from "../message/byte_buffer.ts";
import { nextTurn } from "../system/clock.ts";

/** With this many bytes behind those that are being written, whoever publishes waits. */
const MAX_BYTES = 64 * 1024;

/** Where the bytes go: resolves when they are written, or never will be. */
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

  /** Whether one more packet may be put in. */
  get hasRoom(): boolean {
    return this.#filling.length < MAX_BYTES;
  }

  /** Bytes that were appended and are not written yet. */
  get pending(): number {
    return this.#filling.length + this.#leaving.length;
  }

  /** Resolves when all that was appended so far is written, or cannot be. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** Where whole packets are appended; `filled()` must follow. */
  get buffer(): ByteBuffer {
    return this.#filling;
  }

  /** Lets what was appended leave, with everything else that is appended in this turn. */
  filled(): void {
    if (this.#writing) return;
    this.#writing = true;
    this.#written = this.#write();
  }

  async #write(): Promise<void> {
    // A write that the system takes at once is done before the next turn of the event loop: without
    // this wait each message would be a write of its own, as soon as it came.
    for (await nextTurn(); this.#filling.length > 0; await nextTurn()) {
      [this.#filling, this.#leaving] = [this.#leaving, this.#filling];
      // The connection says itself why it ends.
      await this.#send(this.#leaving.view()).catch(() => {});
      this.#leaving.clear();
      this.#onRoom();
    }
    this.#writing = false;
  }
}
