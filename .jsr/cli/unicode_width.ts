/**
 * Stands in for `@std/cli/unicode-width`, whose table is not in the package on npm: ranges in place
 * of it, which agree for all that is in common use.
 */

/** Characters that take two columns: East Asian wide ones and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u;
/** Characters that take none: controls, marks and what is invisible. */
const NONE = /[\p{Cc}\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF]/u;

/** Columns that `text` takes on a terminal. */
export function unicodeWidth(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : NONE.test(character) ? 0 : 1;
  return columns;
}
