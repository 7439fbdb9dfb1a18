/** Counts the rows of a growing CSV file, reading only new bytes. */

const CR = 13, LF = 10;

/** Enough of a file's end to hold some rows. */
const END_BYTES = 4096;

/** Id of the message in the last row that shows one; −1 if none does. */
export async function newestId(path: string): Promise<number> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - END_BYTES), Deno.SeekMode.Start);
    const bytes = new Uint8Array(END_BYTES);
    const count = await file.read(bytes) ?? 0;
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    return Number([...text.matchAll(/,"?\w+ (\d+) /g)].at(-1)?.[1] ?? -1);
  } catch {
    return -1;
  }
}

/** No payload of a fault case holds CRLF, so every row ends with it. */
export class RowCounter {
  #size = 0;
  #rows = 0;
  #last = 0;
  #inode: number | null = null;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Current size in bytes, and rows without the header; zeros while there is no file. */
  async look(): Promise<{ size: number; rows: number }> {
    try {
      using file = await Deno.open(this.#path);
      const { size, ino } = await file.stat();
      // The file was cut or replaced: count from the start.
      if (size < this.#size || ino !== this.#inode) {
        this.#size = this.#rows = this.#last = 0;
        this.#inode = ino;
      }
      await file.seek(this.#size, Deno.SeekMode.Start);
      const buffer = new Uint8Array(256 * 1024);
      for (;;) {
        const count = await file.read(buffer);
        if (count === null) break;
        this.#count(buffer.subarray(0, count));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return { size: 0, rows: 0 };
    }
    return { size: this.#size, rows: Math.max(0, this.#rows - 1) };
  }

  #count(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      if ((at === 0 ? this.#last : bytes[at - 1]) === CR) this.#rows++;
    }
    this.#size += bytes.length;
    this.#last = bytes[bytes.length - 1] ?? this.#last;
  }
}
