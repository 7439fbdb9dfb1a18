/** Finds out whether a recording is being written at this moment. */

/** Whether a recorder holds the lock of `base`. Writes nothing and releases the lock at once. */
export async function isRecording(base: string): Promise<boolean> {
  const path = `${base}.lock`;
  try {
    if (!(await Deno.lstat(path)).isFile) return false;
    using file = await Deno.open(path);
    return !(await file.tryLock(false));
  } catch {
    return false;
  }
}
