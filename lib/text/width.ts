/** Text in the columns of a terminal: measured, wrapped and shortened. */

import { unicodeWidth } from "@std/cli/unicode-width";

/** Columns that `text` takes on a terminal. */
export function width(text: string): number {
  return unicodeWidth(text);
}

/** Cuts `text` into rows of at most `columns` columns; one empty row for an empty text. */
export function wrap(text: string, columns: number): string[] {
  const rows = [];
  let row = "", used = 0;
  for (const character of text) {
    const more = width(character);
    if (used + more > columns && row !== "") {
      rows.push(row);
      row = "";
      used = 0;
    }
    row += character;
    used += more;
  }
  return [...rows, row];
}

/**
 * Cuts `text` into rows of at most `columns` columns, between words where that is possible. Rows
 * after the first are indented like it.
 */
export function wrapWords(text: string, columns: number): string[] {
  if (width(text) <= columns) return [text];
  const indent = /^ */.exec(text)![0];
  const rows: string[] = [];
  let row = indent;
  for (const word of text.slice(indent.length).split(/(?<=[^ ] )(?=[^ ])/)) {
    if (row !== indent && width(row + word.trimEnd()) > columns) {
      rows.push(row.trimEnd());
      row = indent;
    }
    row += word;
  }
  return [...rows, row].flatMap((row) => wrap(row, columns));
}

/** `text`, with `…` for its end if it takes more than `columns` columns. */
export function shorten(text: string, columns: number): string {
  let kept = "", used = 0;
  for (const character of text) {
    const more = width(character);
    if (used + more > columns) return columns < 1 ? "" : `${cutTo(kept, columns - 1)}…`;
    kept += character;
    used += more;
  }
  return text;
}

/** `text` with `…` in its middle if it takes more than `columns` columns: both ends tell most. */
export function shortenMiddle(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 5) return shorten(text, columns);
  const characters = [...text];
  const tail: string[] = [];
  const tailColumns = Math.floor((columns - 1) / 2);
  for (let used = 0, i = characters.length - 1; i > 0; i--) {
    used += width(characters[i]!);
    if (used > tailColumns) break;
    tail.unshift(characters[i]!);
  }
  // Marks that combine would join the ellipsis.
  while (tail.length > 0 && width(tail[0]!) === 0) tail.shift();
  const head = shorten(text, columns - width(tail.join("")));
  return head + tail.join("");
}

/** The beginning of `text` that takes at most `columns` columns. */
function cutTo(text: string, columns: number): string {
  let kept = "", used = 0;
  for (const character of text) {
    used += width(character);
    if (used > columns) break;
    kept += character;
  }
  return kept;
}
