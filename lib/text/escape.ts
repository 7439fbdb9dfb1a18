/** Makes text from anywhere safe to show on a terminal. */

/**
 * What must not reach a terminal raw: controls (C0, DEL, C1), format characters (bidi overrides
 * and isolates, zero-width, tags), lone surrogates, line separators, invisible fillers.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text with every character that could steer, hide in or reorder a terminal line written out
 * (`\x1b`, `\u{202e}`, `\n`). A backslash stays as it is, so that Windows paths read well and
 * escaping twice changes nothing: the result is for reading, not for decoding.
 */
export function escapeForTerminal(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const hex = character.codePointAt(0)!.toString(16);
    return SHORT[character] ?? (hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`);
  });
}
