/** Takes the lock of an output, or tells who has it. */

import { RecordingError, StateError } from "../locale/errors.ts";
import { isSameFile } from "./regular_file.ts";
import { StateSlots } from "./state_slots.ts";
import { again } from "./when_free.ts";

/**
 * Locks a file. On Windows the lock of a killed program is released late: it waits two seconds.
 *
 * @throws {RecordingError} Somebody else has the lock, or there are no locks on this disk; the file
 * is closed then.
 */
export async function lockOrThrow(output: string, path: string, file: Deno.FsFile): Promise<void> {
  let owner: number | undefined;
  try {
    if (await again(() => file.tryLock(true))) return;
    owner = (await StateSlots.open(file).catch(() => undefined))?.found.state?.pid;
  } catch (error) {
    file.close();
    const cause = hasNoLocks(error) ? new StateError("ENOLCK") : error;
    throw new RecordingError((t, because) => t.cannotLock(path, because(cause)), { cause });
  }
  file.close();
  throw new RecordingError((t) => t.outputInUse(output, owner), { final: true });
}

/**
 * Whether the file system has no locks: ENOLCK, ENOSYS, EOPNOTSUPP; on Windows ERROR_INVALID_FUNCTION
 * and ERROR_NOT_SUPPORTED.
 */
function hasNoLocks(error: unknown): boolean {
  const { code, message = "" } = error as { code?: unknown; message?: string };
  return error instanceof Deno.errors.NotSupported ||
    ["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(String(code)) ||
    Deno.build.os === "windows" && /\(os error (?:1|50)\)/.test(message);
}

/** Whether a path leads to this open file. */
export async function leadsTo(path: string, info: Deno.FileInfo): Promise<boolean> {
  const there = await Deno.lstat(path).catch(() => undefined);
  return there !== undefined && isSameFile(there, info);
}
