/** Opens a log beside a recording to read it: the gap log, the marks. */

import { RecordingError, StateError } from "../locale/errors.ts";
import { readAt, startsWith } from "./file_end.ts";

/**
 * Reads a log; undefined if there is none.
 *
 * @param header Its first bytes; the file may end within them.
 * @throws {RecordingError} It cannot be read, or is another file: in one line.
 */
export async function readLog<T>(
  path: string,
  header: Uint8Array,
  read: (file: Deno.FsFile) => Promise<T>,
): Promise<T | undefined> {
  try {
    // Windows cannot open a folder, and Linux can.
    if ((await Deno.stat(path)).isDirectory) throw new StateError("EISDIR");
    using file = await Deno.open(path);
    const head = await readAt(file, 0, header.length);
    if (!startsWith(header, head)) throw new RecordingError((t) => t.check.foreignLog(path));
    await file.seek(0, Deno.SeekMode.Start);
    return await read(file);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof RecordingError) throw cause;
    throw new RecordingError((t, because) => t.check.unreadableLog(path, because(cause)), {
      cause,
    });
  }
}
