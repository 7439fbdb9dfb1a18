/**
 * A keyboard that several readers use one after the other. Deno cannot cancel a read of a terminal:
 * one that was abandoned would take the line meant for the next reader.
 */

import type { Keyboard } from "./keyboard.ts";

export class SharedKeyboard implements Keyboard {
  readonly #keyboard: Keyboard;
  /** What was read and nobody has taken yet; null at the end. */
  #typed: Promise<Uint8Array | null> | undefined;
  /** Number of the present reader. */
  #reader = 0;

  constructor(keyboard: Keyboard) {
    this.#keyboard = keyboard;
  }

  /** Gives what is typed to whoever asked last; earlier calls stay pending for ever. */
  async read(into: Uint8Array): Promise<number | null> {
    const reader = ++this.#reader;
    this.#typed ??= this.#readMore();
    try {
      const typed = await this.#typed;
      if (reader !== this.#reader) return await new Promise<never>(() => {});
      const rest = typed?.subarray(into.length);
      this.#typed = rest?.length ? Promise.resolve(rest) : undefined;
      if (typed === null) return null;
      const taken = typed.subarray(0, into.length);
      into.set(taken);
      return taken.length;
    } catch (error) {
      this.#typed = undefined;
      throw error;
    }
  }

  async #readMore(): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(4_096);
    const count = await this.#keyboard.read(bytes);
    return count === null ? null : bytes.subarray(0, count);
  }

  isTerminal(): boolean {
    return this.#keyboard.isTerminal();
  }

  setRaw(raw: boolean, options?: { cbreak: boolean }): void {
    this.#keyboard.setRaw(raw, options);
  }
}
