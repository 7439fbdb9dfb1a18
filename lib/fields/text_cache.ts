/** Turns bytes into strings; short ones that come again are the same string. */

/** Longest text that is kept, in bytes. */
const MAX_BYTES = 32;
/** Places for texts; each keeps the last one that fell there. */
const PLACES = 4096;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Saves decoding what devices repeat, such as `ON`. */
export class TextCache {
  readonly #keys: (Uint8Array | undefined)[] = new Array(PLACES).fill(undefined);
  readonly #texts: string[] = new Array(PLACES).fill("");

  /** The text of `bytes[start, end)`, valid UTF-8. */
  text(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > MAX_BYTES) return decoder.decode(bytes.subarray(start, end));
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const place = (hash ^ hash >>> 15) & (PLACES - 1);
    const key = this.#keys[place];
    if (key !== undefined && isAt(key, bytes, start, end)) return this.#texts[place]!;
    const text = decoder.decode(bytes.subarray(start, end));
    this.#keys[place] = bytes.slice(start, end);
    this.#texts[place] = text;
    return text;
  }
}

function isAt(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
