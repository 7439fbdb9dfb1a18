/** Writes text to a stream that may be slow, stopped or closed, without blocking the program. */

import { writeAll } from "../system/write_all.ts";

/** The part of `Deno.stderr` that is used. */
export interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

/** Longest backlog, in characters. */
const MAX_WAITING = 1 << 20;

/**
 * A queue before a stream. It never blocks, because a terminal accepts no text after Ctrl+S or
 * while text is selected in a Windows console, and recording must continue. A closed pipe is no
 * error.
 */
export class Output {
  readonly #writer: Writer;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #gone = false;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether everything is written. */
  get idle(): boolean {
    return this.#writing === undefined;
  }

  /** Characters that wait, but for those being written. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Queues `text`, whole or not at all.
   *
   * @returns Whether it was queued: false if the backlog is full or the stream is closed.
   */
  write(text: string): boolean {
    if (this.#gone || this.#waiting.length + text.length > MAX_WAITING) return false;
    this.#waiting += text;
    this.#writing ??= this.#drain();
    return true;
  }

  /** Resolves when everything is written. That may never happen: race it with a timer. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    const encoder = new TextEncoder();
    await null; // Text written in the same turn leaves in one write.
    try {
      while (this.#waiting !== "") {
        const bytes = encoder.encode(this.#waiting);
        this.#waiting = "";
        await writeAll(this.#writer, bytes);
      }
    } catch {
      this.#gone = true;
      this.#waiting = "";
    } finally {
      this.#writing = undefined;
    }
  }
}
