/** Reads a file that may be compressed (`.gz`) as if it were not. */

import { Buffer } from "node:buffer";
import { RecordingError } from "../locale/errors.ts";

/** The part of an open file that readers use. */
export type SeekableFile =
  & Pick<Deno.FsFile, "read" | "seek" | "seekSync" | "close">
  & Disposable
  & {
    /** Size of the contents, in bytes. */
    stat(): Promise<{ readonly size: number }>;
  };

/** Bytes at both ends that are kept, since what a file is stands there. */
const END_BYTES = 1 << 17;

/**
 * Opens a file for reading. A compressed one is decompressed once to learn its size, and again from
 * the start where a reader goes back: rows are read in order.
 *
 * @throws It cannot be read.
 */
export async function openRecorded(path: string): Promise<SeekableFile> {
  return path.endsWith(".gz") ? await GzipFile.open(path) : await Deno.open(path);
}

/**
 * Whether a plain file holds what a compressed one does.
 *
 * @throws One cannot be opened or read.
 */
export async function holdsSame(plain: string, compressed: string): Promise<boolean> {
  using file = await Deno.open(plain);
  const buffer = new Uint8Array(1 << 16);
  try {
    for await (const chunk of await decompressed(compressed)) {
      for (let at = 0, count; at < chunk.length; at += count) {
        const wanted = chunk.subarray(at, at + buffer.length);
        count = await file.read(buffer.subarray(0, wanted.length)) ?? 0;
        if (count === 0) return false;
        if (Buffer.compare(wanted.subarray(0, count), buffer.subarray(0, count)) !== 0) {
          return false;
        }
      }
    }
    return await file.read(buffer) === null;
  } catch (error) {
    // What is compressed in it is damaged or cut off.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

class GzipFile implements SeekableFile {
  readonly #path: string;
  #size = 0;
  #head: Uint8Array = new Uint8Array();
  #tail: Uint8Array = new Uint8Array();
  /** Where the next read begins. */
  #at = 0;
  #stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Where the stream is, and what of it was not handed out. */
  #streamAt = 0;
  #left: Uint8Array = new Uint8Array();

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<GzipFile> {
    const file = new GzipFile(path);
    const ends = new Ends();
    const stream = await decompressed(path);
    try {
      for await (const part of stream) ends.add(part);
    } catch (cause) {
      // The web standard makes it a TypeError, whatever is wrong with the bytes.
      if (!(cause instanceof TypeError)) throw cause;
      throw new RecordingError((t) => t.check.damagedGzip(path), { cause });
    }
    file.#size = ends.size;
    file.#head = ends.head;
    file.#tail = ends.tail;
    return file;
  }

  stat(): Promise<{ size: number }> {
    return Promise.resolve({ size: this.#size });
  }

  seekSync(offset: number | bigint, whence: Deno.SeekMode): number {
    const from = whence === Deno.SeekMode.Start
      ? 0
      : whence === Deno.SeekMode.End
      ? this.#size
      : this.#at;
    return this.#at = from + Number(offset);
  }

  seek(offset: number | bigint, whence: Deno.SeekMode): Promise<number> {
    return Promise.resolve(this.seekSync(offset, whence));
  }

  async read(target: Uint8Array): Promise<number | null> {
    if (this.#at >= this.#size) return null;
    const kept = this.#kept();
    const source = kept ?? await this.#streamed();
    const count = Math.min(target.length, source.length);
    target.set(source.subarray(0, count));
    this.#at += count;
    if (kept === undefined) {
      this.#left = source.subarray(count);
      this.#streamAt += count;
    }
    return count;
  }

  /** The bytes from the present place on, where they are at an end and no stream is nearer. */
  #kept(): Uint8Array | undefined {
    if (this.#stream !== undefined && this.#streamAt === this.#at) return undefined;
    if (this.#at < this.#head.length) return this.#head.subarray(this.#at);
    const tailAt = this.#size - this.#tail.length;
    return this.#at >= tailAt ? this.#tail.subarray(this.#at - tailAt) : undefined;
  }

  async #streamed(): Promise<Uint8Array> {
    if (this.#stream === undefined || this.#streamAt > this.#at) {
      this.#end();
      this.#stream = (await decompressed(this.#path)).getReader();
      this.#streamAt = 0;
    }
    for (;;) {
      const skipped = Math.min(this.#at - this.#streamAt, this.#left.length);
      this.#left = this.#left.subarray(skipped);
      this.#streamAt += skipped;
      if (this.#left.length > 0) return this.#left;
      const { value } = await this.#stream.read();
      if (value === undefined) throw new Deno.errors.UnexpectedEof(this.#path);
      this.#left = value;
    }
  }

  #end(): void {
    void this.#stream?.cancel().catch(() => {});
    this.#stream = undefined;
    this.#left = new Uint8Array();
  }

  close(): void {
    this.#end();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The contents of a compressed file; the file is closed at their end, or when it is cancelled. */
async function decompressed(path: string): Promise<ReadableStream<Uint8Array>> {
  const file = await Deno.open(path);
  return file.readable.pipeThrough(new DecompressionStream("gzip"));
}

/** The first and last bytes of a stream, and its length. */
class Ends {
  size = 0;
  #head = new Uint8Array(END_BYTES);
  #tail: Uint8Array = new Uint8Array();

  get head(): Uint8Array {
    return this.#head.subarray(0, Math.min(END_BYTES, this.size));
  }

  get tail(): Uint8Array {
    return this.#tail.subarray(Math.max(0, this.#tail.length - END_BYTES));
  }

  add(part: Uint8Array): void {
    if (this.size < END_BYTES) this.#head.set(part.subarray(0, END_BYTES - this.size), this.size);
    this.size += part.length;
    if (part.length >= END_BYTES) {
      this.#tail = part.slice(-END_BYTES);
      return;
    }
    const both = new Uint8Array(Math.min(this.#tail.length, END_BYTES) + part.length);
    both.set(this.tail);
    both.set(part, both.length - part.length);
    this.#tail = both;
  }
}
