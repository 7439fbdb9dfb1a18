/** The layout of a log beside a recording: CSV of which no field holds a line end. */

import { stringify } from "@std/csv/stringify";
import type { Layout } from "../formats/mod.ts";
import { ascii } from "../message/utf8.ts";

const LF = 10, CR = 13;

/**
 * The last whole row ends with the last CRLF.
 *
 * @param longestRow Upper bound of a row in bytes.
 */
export function logLayout(
  extension: string,
  columns: readonly string[],
  longestRow: number,
): Layout {
  return {
    extension,
    header: ascii(stringify([], { columns: [...columns] })),
    separatorLength: 0,
    footer: new Uint8Array(0),
    firstRow: new Uint8Array(0),
    longestRow,
    scanEnd(bytes, atStart) {
      for (let end = bytes.length; (end = bytes.lastIndexOf(LF, end - 1)) > 0;) {
        if (bytes[end - 1] === CR) return { end: end + 1 };
      }
      return atStart ? "foreign" : "more";
    },
  };
}
