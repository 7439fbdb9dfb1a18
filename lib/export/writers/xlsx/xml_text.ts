/** Texts as XML that spreadsheets read back as they were. */

/**
 * What XML or a cell's text cannot hold as it is: [ECMA-376-1, 22.9.2.19] writes it as `_x0001_`,
 * and a text that looks like this with its first underscore so. A carriage return would be read as a
 * line feed.
 */
// deno-lint-ignore no-control-regex
const SPECIAL = /[\0-\x08\x0b-\x1f&<>\ufffe\uffff]|_(?=x[\da-f]{4}_)/gi;
/** Spaces that XML readers may drop otherwise. */
const SPACED = /^\s|\s$|[\n\t]|\s\s/;

function escapeSpecial(char: string): string {
  switch (char) {
    case "&":
      return "&amp;";
    case "<":
      return "&lt;";
    case ">":
      return "&gt;";
    case "\r":
      return "&#13;";
    default:
      return `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
  }
}

/** A text as the content of an element; lone surrogates become U+FFFD when it is encoded. */
export function escapeXml(text: string): string {
  return text.replace(SPECIAL, escapeSpecial);
}

/** A text as `<t>`. */
export function textElement(text: string): string {
  return `<t${SPACED.test(text) ? ' xml:space="preserve"' : ""}>${escapeXml(text)}</t>`;
}
