/** Encodes UTF-8, and validates it without allocating a string. */

const encoder = new TextEncoder();

/** UTF-8 bytes of `text`. */
export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/**
 * Whether `bytes[start, end)` is valid UTF-8 [Unicode 15, table 3-7]. Written by hand because
 * `TextDecoder` allocates a string, 512 MB for a payload of 256 MB.
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end;) {
    const byte = bytes[i++]!;
    if (byte < 0x80) continue;
    if (byte < 0xc2 || byte > 0xf4) return false;
    const more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (i + more > end) return false;
    // The second byte reveals overlong forms, surrogates and code points past U+10FFFF.
    const second = bytes[i]!;
    const min = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    const max = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    if (second < min || second > max) return false;
    for (let k = 1; k < more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false;
    i += more;
  }
  return true;
}
