/** Cuts a torn end off a file and keeps its bytes. */

import type { Layout } from "../formats/mod.ts";
import { findEnd, readAt, startsWith } from "./file_end.ts";
import { writeAll } from "../system/write_all.ts";
import { openRegular } from "./regular_file.ts";

/** A torn end that was moved to `<path>.torn`. */
export interface Torn {
  readonly path: string;
  readonly tornPath: string;
  /** Bytes moved. */
  readonly bytes: number;
  /** Whole rows among them. */
  readonly wholeRows: number;
}

/** Bytes copied at once. */
const STEP = 1 << 20;

/**
 * Moves a torn end to `<path>.torn`; reads only the end of the file.
 *
 * @param known Where its rows are known to end. @default {it is looked for}
 */
export async function cutTornEnd(
  file: Deno.FsFile,
  path: string,
  size: number,
  format: Layout,
  known: number | undefined,
): Promise<{ committed: number; tornBytes: number } | "foreign"> {
  const { footer } = format;
  const found = known === undefined ? await findEnd(file, size, format) : { end: known };
  if (found === "foreign") return found;
  const { end } = found;
  const remainder = await readAt(file, end, footer.length + 1);
  if (remainder.length === footer.length && startsWith(remainder, footer)) {
    return { committed: size, tornBytes: 0 };
  }
  // A missing or partial footer is no data; only other bytes are kept in `.torn`.
  const tornBytes = startsWith(footer, remainder) ? 0 : size - end;
  if (tornBytes > 0) {
    using torn = await openRegular(`${path}.torn`);
    await torn.seek(0, Deno.SeekMode.End);
    for (let at = end; at < size; at += STEP) {
      await writeAll(torn, await readAt(file, at, Math.min(STEP, size - at)));
    }
    await torn.sync();
  }
  await file.truncate(end);
  await file.seek(end, Deno.SeekMode.Start);
  await writeAll(file, footer);
  await file.sync();
  return { committed: end + footer.length, tornBytes };
}
