/** Recognises a CSV recording that a spreadsheet, or another program, has saved anew. */

import type { CsvRows } from "./csv_rows.ts";
import { MALFORMED } from "./read_fields.ts";
import { COLUMNS, PROPERTIES } from "./fields.ts";

/** The first lines that we write, up to the line feed. */
const OWN_HEADERS = [COLUMNS, [...COLUMNS, PROPERTIES]].map((columns) => `${columns.join()}\r`);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const TIME = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,/;
/** The columns behind the payload, in any spelling of true and false. */
const FLAG = "(?:true|false|vrai|faux|wahr|falsch)";
const END = new RegExp(
  `([,;\\t|])"?(?:utf-8|base64)"?\\1"?[012]"?\\1"?${FLAG}"?\\1"?${FLAG}"?`,
  "i",
);
/** The same as it is written here. */
const OWN_END = /,(?:utf-8|base64),[012],(?:true|false),(?:true|false)(?:\r$|,)/;

/**
 * Such a file holds readings, so it is refused by that name: other separators, a BOM, other line
 * ends, quotes added or dropped, TRUE for true, another form of time, columns added.
 *
 * @param header What our file begins with.
 * @param rows Reads its rows.
 * @param head The first bytes of the file.
 * @param tail Its last bytes.
 */
export function isResaved(
  header: Uint8Array,
  rows: CsvRows,
  head: Uint8Array,
  tail: Uint8Array,
): boolean {
  const ours = header.every((byte, i) => head[i] === byte);
  const lines = decodeHead(head).split("\n");
  if (lines.length === 1) return false;
  if (!ours) return !OWN_HEADERS.includes(lines[0]!) && hasOurColumns(lines[0]!);
  const ends = decoder.decode(tail).split("\n");
  if (rows.end(head, header.length) === MALFORMED) {
    const withProperties = decoder.decode(header).includes(PROPERTIES);
    // A first row of one line, and the last line: others may stand inside a payload.
    const first = lines.length > 2 && isBalanced(lines[1]!) ? lines[1]! : "";
    const last = ends.at(-2) ?? "";
    if ([first, last].some((row) => isRespelt(row, withProperties))) return true;
    // One row with a strange time may be damaged.
    if ([first, last].every((row) => END.test(row) && !TIME.test(row))) return true;
  }
  return [lines[1]!, ...ends.slice(1, -1)].some(hasDroppedQuotes);
}

/** Excel's "Unicode text" is UTF-16, with a BOM. */
function decodeHead(head: Uint8Array): string {
  const bom = (head[0] ?? 0) << 8 | (head[1] ?? 0);
  if (bom === 0xfffe) return new TextDecoder("utf-16le").decode(head);
  if (bom === 0xfeff) return new TextDecoder("utf-16be").decode(head);
  return decoder.decode(head);
}

/** Whether a first line names our columns, and perhaps more. */
function hasOurColumns(line: string): boolean {
  const names = line.replace(/^\uFEFF|\r$/g, "").split(/[,;\t|]/)
    .map((name) => name.replaceAll('"', "").trim().toLowerCase());
  return COLUMNS.every((column, i) => names[i] === column);
}

/** Whether every quote that is opened is closed. */
function isBalanced(line: string): boolean {
  return line.split('"').length % 2 === 1;
}

/** Whether the end of a row is spelt otherwise than here. */
function isRespelt(row: string, withProperties: boolean): boolean {
  if (!END.test(row)) return false;
  const end = OWN_END.exec(row);
  return end === null || !withProperties && !row.endsWith(end[0]);
}

/**
 * Whether quotes stand in a field that is not in quotes. Inside a quoted one they are doubled, also
 * where a payload holds whole rows.
 */
function hasDroppedQuotes(line: string): boolean {
  if (!TIME.test(line) || !/,(?:utf-8|base64),[012],(?:true|false),(?:true|false)\r?$/.test(line)) {
    return false;
  }
  const rest = line.replaceAll('""', "").replace(/",(?=(?:utf-8|base64),[012],)/, ",")
    .replace(/,"/g, ",").replace(/",/g, ",");
  // One quote may be a damaged byte.
  return rest.split('"').length > 2;
}
