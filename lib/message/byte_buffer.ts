/** A growable run of bytes: what batches are packed into and formats encode to. */

import { copyPadded, type PaddedBytes, SLACK } from "./padded_copy.ts";

/** A buffer larger than this is freed after use instead of being kept for the next batch. */
const KEEP_BYTES = 16 * 1024 * 1024;

/** Up to this length copying words beats `TypedArray.set`, whose argument costs an allocation. */
export const SHORT_BYTES = 128;

/** Bytes appended one after another. `bytes` beyond `length` is spare room, not content. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** A view of the same memory for `copyPadded`, with room for the bytes it writes past the end. */
  words: DataView<ArrayBuffer>;
  length = 0;

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity + SLACK);
    this.words = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes, so that the caller may write at `length` itself. */
  reserve(count: number): void {
    const needed = this.length + count + SLACK;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  /** Appends one byte. */
  push(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Appends `source[start, end)`. */
  append(source: Uint8Array, start = 0, end = source.length): void {
    const count = end - start;
    this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    if (count < SHORT_BYTES / 2) {
      for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    } else {
      bytes.set(source.subarray(start, end), at);
    }
    this.length += count;
  }

  /**
   * Appends bytes eight at a time: faster than `append`, which loops or allocates a view.
   * `source` and `words` must be views of the same memory.
   */
  appendPadded(source: Uint8Array, words: DataView, start: number, end: number): void {
    const count = end - start;
    if (count > SHORT_BYTES || end + SLACK > words.byteLength) {
      return this.append(source, start, end);
    }
    this.reserve(count);
    this.length = copyPadded(this.words, this.length, words, start, end);
  }

  /** Appends a constant. */
  appendConstant({ words, length }: PaddedBytes): void {
    this.reserve(length);
    this.length = copyPadded(this.words, this.length, words, 0, length);
  }

  /** The content, as a view that the next `append` may invalidate. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Empties the buffer for reuse; frees its memory if a giant payload has enlarged it. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEEP_BYTES) this.#take(new Uint8Array(4096));
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.#take(grown);
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.words = new DataView(bytes.buffer);
  }
}
