/** The file that a table is written to: under another name until it is whole. */

import { basename, dirname, join } from "node:path";
import { assertRegular, cannot, isSameFile, syncDirectory } from "../files/regular_file.ts";
import { RecordingError, UsageError } from "../locale/errors.ts";
import type { RecordedFile } from "../reading/recording_set.ts";

export class OutputFile {
  readonly path: string;
  /** Where the table is written, in the same folder. */
  readonly temporary: string;
  readonly #force: boolean;

  private constructor(path: string, force: boolean) {
    this.path = path;
    this.temporary = join(dirname(path), `.${basename(path)}.${Deno.pid}.part`);
    this.#force = force;
  }

  /**
   * Refuses what must not be overwritten.
   *
   * @param force Whether an existing file may be replaced, unless it belongs to a recording.
   * @throws {UsageError} It belongs to a recording: to one that is read, or one with a lock file.
   * @throws {RecordingError} It exists, or is no file.
   */
  static async prepare(
    path: string,
    { files, force }: { readonly files: readonly RecordedFile[]; readonly force: boolean },
  ): Promise<OutputFile> {
    for (const file of files) {
      const [own, theirs] = await Promise.all([realFolder(path), realFolder(file.base)]);
      const isBeside = own === theirs &&
        basename(path).toLowerCase().startsWith(`${basename(file.base).toLowerCase()}.`) &&
        /^\.(?:(?:(?:files|gaps|marks)\.)?csv|json|ndjson)$/i.test(
          basename(path).slice(basename(file.base).length),
        );
      if (isBeside || await isSame(path, file.path)) {
        throw new UsageError((t) => t.export.ownFile(path));
      }
    }
    const [, base] = /^(.+?)(?:\.(?:files|gaps|marks))?\.(?:csv|json|ndjson)$/i.exec(path) ?? [];
    // A recorder has it, or would continue it.
    if (base !== undefined && await Deno.lstat(`${base}.lock`).then(() => true, () => false)) {
      throw new UsageError((t) => t.export.ownFile(path));
    }
    const output = new OutputFile(path, force);
    await output.#check();
    await output.discard();
    return output;
  }

  /**
   * Gives the whole file its name.
   *
   * @throws {RecordingError} It cannot be, or another program has made such a file meanwhile.
   */
  async publish(): Promise<void> {
    await this.#check();
    try {
      await Deno.rename(this.temporary, this.path);
    } catch (cause) {
      throw cannot(this.path, cause);
    }
    await syncDirectory(this.path);
  }

  /** Removes what was written so far; never throws. */
  async discard(): Promise<void> {
    await Deno.remove(this.temporary).catch(() => {});
  }

  async #check(): Promise<void> {
    const { path } = this;
    const info = await Deno.lstat(path).catch((error: unknown) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw cannot(path, error);
    });
    if (info === undefined) return;
    assertRegular(path, info);
    if (!this.#force) throw new RecordingError((t) => t.export.exists(path));
  }
}

async function realFolder(path: string): Promise<string> {
  return await Deno.realPath(dirname(path)).catch(() => dirname(path));
}

async function isSame(path: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([path, other].map((p) => Deno.stat(p).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino !== null && isSameFile(a, b);
}
