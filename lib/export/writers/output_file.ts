/** The file that a writer fills from its beginning to its end. */

import { writeAll } from "../../system/write_all.ts";

/** A file that was not there before; errors are the system's. */
export class OutputFile {
  /** Bytes written. */
  length = 0;
  readonly #file: Deno.FsFile;
  #closed = false;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  static async create(path: string): Promise<OutputFile> {
    return new OutputFile(await Deno.open(path, { write: true, createNew: true }));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#file, bytes);
    this.length += bytes.length;
  }

  /** Waits for the disk, and closes the file also if that fails. */
  async finish(): Promise<void> {
    try {
      await this.#file.sync();
    } finally {
      this.close();
    }
  }

  /** Closes the file as it is; a second time does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }
}
