/** Keeps a second recorder off the same output. */

import { RecordingError } from "./errors.ts";
import { openRegular } from "./recording.ts";

/**
 * A lock file beside the recording, `<output>.lock`. The recording itself is not locked: on Windows
 * a lock keeps readers out too, and people look at a recording while it grows.
 */
export class OutputLock implements AsyncDisposable {
  readonly #file: Deno.FsFile;
  readonly #path: string;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws {RecordingError} Another process holds it; names that process where it can be read. */
  static async take(output: string): Promise<OutputLock> {
    const path = `${output}.lock`;
    for (;;) {
      const file = await openRegular(path);
      if (!(await file.tryLock(true))) {
        const owner = await readOwner(file);
        file.close();
        throw new RecordingError((t) => t.outputInUse(output, owner));
      }
      // Between opening and locking, the owner before may have ended and removed the file.
      const [mine, there] = [await file.stat(), await Deno.stat(path).catch(() => undefined)];
      if (there === undefined || there.ino !== mine.ino) {
        file.close();
        continue;
      }
      await file.truncate(0);
      await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
      return new OutputLock(path, file);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Windows removes no open file and POSIX must not let a stranger's lock be removed.
    const windows = Deno.build.os === "windows";
    if (windows) this.#file.close();
    await Deno.remove(this.#path).catch(() => {});
    if (!windows) this.#file.close();
  }
}

/** Process id in a lock file; undefined where the lock keeps it from being read (Windows). */
async function readOwner(file: Deno.FsFile): Promise<number | undefined> {
  try {
    const bytes = new Uint8Array(16);
    const count = await file.read(bytes) ?? 0;
    const pid = parseInt(new TextDecoder().decode(bytes.subarray(0, count)));
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}
