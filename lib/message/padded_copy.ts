/** Copies short runs of bytes eight at a time. */

/** Bytes that `copyPadded` may read and write beyond the end of what it copies. */
export const SLACK = 7;

/**
 * Copies `from[start, end)` to `to` at `at`, and up to `SLACK` bytes more that mean nothing: what is
 * appended next overwrites them. Both sides must have room for those. As 64-bit integers, not as
 * floating-point numbers, which need not keep the bits of a NaN.
 *
 * Measured against a loop over single bytes, rows of 25-byte payloads: CSV 128 → 71 ns a row, JSON
 * 173 → 82 ns. `TypedArray.set` takes 35 ns and more a call, for the object that `subarray` makes.
 *
 * @returns The end of what was copied in `to`.
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

/** Bytes that never change, ready to be copied by `copyPadded`. */
export interface PaddedBytes {
  readonly words: DataView;
  readonly length: number;
}

/** A copy of `bytes` with room behind it. */
export function padded(bytes: Uint8Array): PaddedBytes {
  const padded = new Uint8Array(bytes.length + SLACK);
  padded.set(bytes);
  return { words: new DataView(padded.buffer), length: bytes.length };
}
