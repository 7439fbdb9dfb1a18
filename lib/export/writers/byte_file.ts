/** A new file that is written through two buffers: one fills while the other goes to the disk. */

import { writeAll } from "../../system/write_all.ts";
import { ByteBuffer } from "../../message/byte_buffer.ts";

/** Bytes that are written at once. */
const CHUNK_BYTES = 1 << 20;

export class ByteFile {
  /** What is to be written next; call `flushFull` after adding a little to it. */
  out = new ByteBuffer(CHUNK_BYTES + (CHUNK_BYTES >> 2));
  #spare = new ByteBuffer(CHUNK_BYTES + (CHUNK_BYTES >> 2));
  #writing: Promise<void> | undefined;
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Creates the file. Rethrows errors of the system. */
  static async create(path: string): Promise<ByteFile> {
    return new ByteFile(await Deno.open(path, { write: true, createNew: true }));
  }

  /** Whether `flush` is worth its while. */
  get isFull(): boolean {
    return this.out.length >= CHUNK_BYTES;
  }

  /** Starts to write what has been added, once the last part is written. */
  async flush(): Promise<void> {
    await this.#writing;
    const full = this.out;
    this.out = this.#spare;
    this.#spare = full;
    this.out.clear();
    this.#writing = writeAll(this.#file, full.view());
    // It is awaited at the next flush, which may be late.
    this.#writing.catch(() => {});
  }

  /** Writes the rest, syncs and closes. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#writing;
    await this.#file.sync();
    this.#file.close();
  }

  /** Closes; never throws. */
  async abort(): Promise<void> {
    await this.#writing?.catch(() => {});
    try {
      this.#file.close();
    } catch {
      // `finish` has closed it.
    }
  }
}
