/** Cuts a torn end off a file and keeps its bytes. */

import type { Layout } from "../formats/mod.ts";
import { findEnd, startsWith } from "./file_end.ts";
import { writeAll } from "../system/write_all.ts";
import { openRegular } from "./regular_file.ts";

/** Moves a torn end to `<path>.torn` and closes the file; reads only its end. */
export async function cutTornEnd(
  file: Deno.FsFile,
  path: string,
  size: number,
  format: Layout,
  checkpoint: number | undefined,
): Promise<{ committed: number; tornBytes: number } | "foreign"> {
  const { footer } = format;
  const found = await findEnd(file, size, format, checkpoint);
  if (found === "foreign") return found;
  const { end, remainder } = found;
  if (remainder.length === footer.length && startsWith(remainder, footer)) {
    return { committed: size, tornBytes: 0 };
  }
  // A missing or partial footer is no data; only other bytes are kept in `.torn`.
  const tornBytes = startsWith(footer, remainder) ? 0 : remainder.length;
  if (tornBytes > 0) {
    using torn = await openRegular(`${path}.torn`);
    await torn.seek(0, Deno.SeekMode.End);
    await writeAll(torn, remainder);
    await torn.sync();
  }
  await file.truncate(end);
  await file.seek(end, Deno.SeekMode.Start);
  await writeAll(file, footer);
  await file.sync();
  return { committed: end + footer.length, tornBytes };
}
