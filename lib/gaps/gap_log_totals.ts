/** Adds up the gap log of a recording. */

import { parse } from "@std/csv/parse";
import { cannotRead } from "../locale/errors.ts";
import { GAP_COLUMNS } from "../message/gap.ts";

export interface GapLogTotals {
  readonly path: string;
  readonly gaps: number;
  readonly seconds: number;
}

/**
 * Adds up `<base>.gaps.csv`; undefined if there is none.
 *
 * @throws {RecordingError} It cannot be read, or is no gap log.
 */
export async function readGapLogTotals(base: string): Promise<GapLogTotals | undefined> {
  const path = `${base}.gaps.csv`;
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) return undefined;
  try {
    const text = await Deno.readTextFile(path);
    // The last row may be torn, or being written: it has no line end yet.
    const [header, ...gaps] = parse(text.slice(0, text.lastIndexOf("\n") + 1));
    if (header && header.join() !== GAP_COLUMNS.join()) {
      throw new SyntaxError("it is no list of gaps");
    }
    const at = GAP_COLUMNS.indexOf("seconds");
    const seconds = gaps.reduce((sum, row) => sum + Number(row[at]), 0);
    return { path, gaps: gaps.length, seconds };
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}
