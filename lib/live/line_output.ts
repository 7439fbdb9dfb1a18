/** Writes lines to a stream that may be slow, stopped or closed, within a bound of memory. */

import { writeAll } from "../system/write_all.ts";
import type { Writer } from "../terminal/output.ts";

/** Bytes that may wait beside those being written. */
const MAX_WAITING = 8 << 20;

/** A queue of bytes before a stream; never blocks. */
export class LineOutput {
  readonly #writer: Writer;
  #waiting: { readonly bytes: Uint8Array; readonly count: number }[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #gone = false;

  /** Lines that are not written whole yet. */
  waitingLines = 0;
  /** Called once when nobody reads the stream any more. */
  onGone: () => void = () => {};

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether it takes `bytes` more; more than its bound only if nothing waits. */
  hasRoom(bytes: number): boolean {
    return !this.#gone && (this.#bytes === 0 || this.#bytes + bytes <= MAX_WAITING);
  }

  /** Whether nobody reads the stream any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Queues `count` whole lines; the bytes are taken over. */
  write(bytes: Uint8Array, count: number): void {
    if (this.#gone) return;
    this.#waiting.push({ bytes, count });
    this.#bytes += bytes.length;
    this.waitingLines += count;
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything is written. That may never happen: race it with a timer. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    try {
      for (let next; (next = this.#waiting.shift()) !== undefined;) {
        await writeAll(this.#writer, next.bytes);
        this.#bytes -= next.bytes.length;
        this.waitingLines -= next.count;
      }
    } catch {
      // A closed pipe, or a full disk behind it: the recording goes on.
      this.#gone = true;
      this.#waiting = [];
      this.#bytes = this.waitingLines = 0;
      this.onGone();
    } finally {
      this.#writing = undefined;
    }
  }
}
