/** Reads a file that somebody named, in bounded memory. */

import { StateError } from "../locale/errors.ts";

/** Bytes asked for at once. */
const STEP = 64 * 1024;

/**
 * The content of a file of at most `maxBytes`; also of a pipe, whose length nobody knows.
 *
 * @throws {StateError} It is larger, or has no end (`/dev/zero`).
 */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  let bytes = new Uint8Array(STEP), length = 0;
  for (;;) {
    if (length === bytes.length) {
      const grown = new Uint8Array(2 * length);
      grown.set(bytes);
      bytes = grown;
    }
    const count = await file.read(bytes.subarray(length, Math.min(bytes.length, maxBytes + 1)));
    if (count === null) break;
    length += count;
    if (length > maxBytes) throw new StateError("LARGE");
  }
  return bytes.subarray(0, length);
}
