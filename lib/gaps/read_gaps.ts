/** Reads the gaps of a recording from its gap log, as they stand there. */

import { parse } from "@std/csv/parse";
import { GAP_COLUMNS } from "../message/gap.ts";

/** Most gaps that are read, and bytes. */
const MAX_GAPS = 10_000, MAX_BYTES = 16 << 20;

/** One row of a gap log. */
export interface LoggedGap {
  /** ISO 8601, UTC. */
  readonly begin: string;
  readonly end: string;
  readonly cause: string;
  readonly risk: string;
}

/** The gaps of the recording `base`, oldest first; none where the log cannot be read. */
export async function readGaps(base: string): Promise<LoggedGap[]> {
  try {
    const path = `${base}.gaps.csv`;
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_BYTES) return [];
    const text = await Deno.readTextFile(path);
    const [header, ...rows] = parse(text.slice(0, text.lastIndexOf("\n") + 1));
    if (header?.join() !== GAP_COLUMNS.join()) return [];
    return rows.slice(0, MAX_GAPS).map((row) => {
      const [begin = "", end = "", , cause = "", , risk = ""] = row;
      return { begin, end, cause, risk };
    });
  } catch {
    return [];
  }
}
