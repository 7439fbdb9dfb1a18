/** Decodes the text files that people write by hand, whichever encoding their editor chose. */

/**
 * The text of `bytes`: UTF-8 or UTF-16, with or without a byte order mark, which is left out.
 * PowerShell writes UTF-16, the editors of Windows a mark.
 *
 * @returns Undefined for any other encoding: decoding on would change the text silently.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  // Without a mark the zeros of ASCII tell: no text file has them in UTF-8.
  if (bytes.length < 2 || bytes.length % 2 > 0) return "utf-8";
  if (a === 0 && b !== 0) return "utf-16be";
  return a !== 0 && b === 0 ? "utf-16le" : "utf-8";
}
