/** A growable run of bytes: what batches are packed into and formats encode to. */

/** Past this capacity a buffer is given back after use instead of being kept for the next batch. */
const KEEP_BYTES = 16 * 1024 * 1024;

/**
 * Below this length a loop beats `TypedArray.set`, whose `subarray` argument costs an allocation.
 * Topics and sensor payloads are nearly always shorter.
 */
const LOOP_BYTES = 48;

/** Bytes appended one piece after another. `bytes` beyond `length` is spare room, not content. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes, so that the caller may write at `length` itself. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
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
    if (count < LOOP_BYTES) {
      for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    } else {
      bytes.set(source.subarray(start, end), at);
    }
    this.length += count;
  }

  /** The content, as a view that the next `append` may invalidate. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Empties the buffer for reuse; one that a giant payload blew up is given back. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEEP_BYTES) this.bytes = new Uint8Array(4096);
  }
}
