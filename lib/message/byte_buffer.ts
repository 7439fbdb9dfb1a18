/** A growable byte buffer, which batches are packed into and formats encode to. */

import { copyPadded, type PaddedBytes, SLACK } from "./padded_copy.ts";

/** A buffer larger than this is freed after use instead of being kept for the next batch. */
const KEEP_BYTES = 16 * 1024 * 1024;

/** Up to this length `copyPadded` beats `TypedArray.set`, whose argument costs an allocation. */
export const SHORT_BYTES = 128;

/** Bytes appended one after another. `bytes` beyond `length` is spare room, not content. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** A view of the same memory for `copyPadded`, including the slack that it writes to. */
  paddedView: DataView<ArrayBuffer>;
  length = 0;

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity + SLACK);
    this.paddedView = new DataView(this.bytes.buffer);
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
   * `source` and `sourceView` must be views of the same memory.
   */
  appendPadded(source: Uint8Array, sourceView: DataView, start: number, end: number): void {
    const count = end - start;
    if (count > SHORT_BYTES || end + SLACK > sourceView.byteLength) {
      return this.append(source, start, end);
    }
    this.reserve(count);
    this.length = copyPadded(this.paddedView, this.length, sourceView, start, end);
  }

  /** Appends a constant. */
  appendConstant({ view, length }: PaddedBytes): void {
    this.reserve(length);
    this.length = copyPadded(this.paddedView, this.length, view, 0, length);
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
    this.paddedView = new DataView(bytes.buffer);
  }
}
