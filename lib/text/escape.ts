/** Makes untrusted text safe to show on a terminal. */

/**
 * What must not reach a terminal raw: controls (C0, DEL, C1), format characters (bidi overrides
 * and isolates, zero-width, tags), lone surrogates, line separators, invisible fillers.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Escapes every character that could control a terminal, or hide or reorder text (`\x1b`,
 * `\u{202e}`, `\n`). Backslashes stay as they are, so that Windows paths stay readable and escaping
 * twice changes nothing. The result is not meant to be decoded.
 */
export function escapeForTerminal(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const hex = character.codePointAt(0)!.toString(16);
    return SHORT[character] ?? (hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`);
  });
}
