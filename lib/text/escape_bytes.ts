/** Makes bytes of a packet safe to show and short. */

import { escapeForTerminal } from "./escape.ts";
import { isUtf8 } from "../message/utf8.ts";

/** Longest text, in characters, unless another is given. */
const MAX_LENGTH = 80;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * `bytes[start, end)` as text. Escapes invalid UTF-8 and unsafe characters (`\xfc`), and replaces
 * what exceeds `maxLength` characters by `…`. The result is not meant to be decoded.
 */
export function escapeBytes(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  maxLength = MAX_LENGTH,
): string {
  let text = "";
  for (let at = start; at < end;) {
    const size = sizeOfCharacter(bytes[at]!);
    const whole = at + size <= end && isUtf8(bytes, at, at + size);
    const next = whole
      ? escapeForTerminal(decoder.decode(bytes.subarray(at, at + size)))
      : `\\x${bytes[at]!.toString(16).padStart(2, "0")}`;
    if (text.length + next.length > maxLength) return `${text}…`;
    text += next;
    at += whole ? size : 1;
  }
  return text;
}

/** Bytes of the character that begins with `first`. */
function sizeOfCharacter(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
