/** Adapts a Node.js stream to `ByteStream`, with back-pressure. */

import type { Duplex } from "node:stream";
import type { ByteStream } from "./byte_stream.ts";

export class NodeByteStream implements ByteStream {
  readonly #stream: Duplex;
  #remainder: Uint8Array = new Uint8Array();
  #error: unknown;
  #changed = Promise.withResolvers<void>();

  constructor(stream: Duplex) {
    this.#stream = stream;
    const wake = () => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    };
    for (const event of ["readable", "end", "close"]) stream.on(event, wake);
    stream.on("error", (error) => {
      this.#error ??= error;
      wake();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#remainder.length === 0) {
      const { promise } = this.#changed;
      const chunk: Uint8Array | null = this.#stream.read();
      if (chunk !== null) this.#remainder = chunk;
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#stream.readableEnded || this.#stream.destroyed) return null;
      else await promise;
    }
    const count = Math.min(into.length, this.#remainder.length);
    into.set(this.#remainder.subarray(0, count));
    this.#remainder = this.#remainder.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    const written = Promise.withResolvers<number>();
    this.#stream.write(bytes, (error) => {
      if (error) written.reject(error);
      else written.resolve(bytes.length);
    });
    return written.promise;
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** Resolves with `stream` once `emitter` emits `event`; destroys it on failure or abort. */
export async function whenOpen(
  stream: Duplex,
  event: string,
  signal: AbortSignal,
  emitter: { once(event: string, listener: () => void): unknown } = stream,
): Promise<Duplex> {
  const opened = Promise.withResolvers<void>();
  const abort = () => opened.reject(signal.reason);
  emitter.once(event, () => opened.resolve());
  stream.once("error", opened.reject);
  stream.once("close", () => opened.reject(new Deno.errors.ConnectionReset()));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    await opened.promise;
    return stream;
  } catch (error) {
    stream.on("error", () => {}).destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
