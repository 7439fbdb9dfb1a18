/** Copies short runs of bytes eight at a time. */

/** Bytes that `copyPadded` may read and write beyond the end of what it copies. */
export const SLACK = 7;

/**
 * Copies `from[start, end)` to `to` at `at`, and up to `SLACK` bytes more, which the next append
 * overwrites. Both sides must have room for them. It copies 64-bit integers, because a copy of
 * floats may change the bits of a NaN.
 *
 * Against a loop over single bytes, rows of 25-byte payloads (`deno task bench --only throughput`):
 * CSV 128 → 71 ns a row, JSON 173 → 82 ns. `TypedArray.set` costs 35 ns a call for the `subarray`.
 *
 * @returns The offset in `to` after the copied bytes.
 */
export function copyPadded(
  to: DataView,
  at: number,
  from: DataView,
  start: number,
  end: number,
): number {
  for (let i = start, k = at; i < end; i += 8, k += 8) {
    to.setBigUint64(k, from.getBigUint64(i, true), true);
  }
  return at + end - start;
}

/** A constant, padded for `copyPadded`. */
export interface PaddedBytes {
  readonly view: DataView;
  readonly length: number;
}

/** A copy of `bytes` with `SLACK` bytes after it. */
export function padded(bytes: Uint8Array): PaddedBytes {
  const padded = new Uint8Array(bytes.length + SLACK);
  padded.set(bytes);
  return { view: new DataView(padded.buffer), length: bytes.length };
}
