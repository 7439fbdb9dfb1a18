/** A real file system in a loop device, whose power can be cut. */

import { sleep } from "./wait.ts";

const SIZE = "700M";
const POLL_MS = 50, BUSY_MS = 10_000;
const MAKE = { ext4: ["mkfs.ext4", "-q", "-F"], xfs: ["mkfs.xfs", "-q", "-f"] } as const;

export type FileSystemKind = keyof typeof MAKE;

async function attempt(name: string, ...args: string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  return success ? undefined : new TextDecoder().decode(stderr);
}

async function command(name: string, ...args: string[]): Promise<void> {
  const failed = await attempt(name, ...args);
  if (failed !== undefined) throw new Error(`${name} failed: ${failed}`);
}

/** Root only; needs Debian's `xfsprogs` and `e2fsprogs`. */
export class FileSystem implements AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #image: string;

  private constructor(folder: string) {
    this.folder = `${folder}/mounted`;
    this.#image = `${folder}/image`;
  }

  /** Makes and mounts one; its image is in `folder`. */
  static async make(kind: FileSystemKind, folder: string): Promise<FileSystem> {
    const made = new FileSystem(folder);
    const [make, ...flags] = MAKE[kind];
    await command("truncate", "-s", SIZE, made.#image);
    await command(make, ...flags, made.#image);
    await Deno.mkdir(made.folder);
    await made.#mount();
    return made;
  }

  /**
   * Stops all writing at this moment, as FS_IOC_SHUTDOWN does: what is not on the device is gone.
   *
   * @param journal Whether the journal gets there in time, so that sizes of files are kept whose
   * content is not.
   */
  async cutPower(journal: boolean): Promise<void> {
    await command("xfs_io", "-x", "-c", journal ? "shutdown -f" : "shutdown", this.folder);
  }

  /** Mounts it again, which replays its journal. Nobody may have a file open. */
  async restorePower(): Promise<void> {
    await this.#unmount();
    await this.#mount();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await attempt("umount", "--lazy", this.folder);
  }

  async #mount(): Promise<void> {
    await command("mount", "-o", "loop", this.#image, this.folder);
  }

  async #unmount(): Promise<void> {
    for (const late = performance.now() + BUSY_MS;; await sleep(POLL_MS)) {
      const busy = await attempt("umount", this.folder);
      if (busy === undefined) return;
      if (performance.now() > late) throw new Error(busy);
    }
  }
}
