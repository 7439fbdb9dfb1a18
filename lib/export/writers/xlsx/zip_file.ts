/** A zip archive written front to back: headers by fflate, compression by zlib beside our thread. */

import { once } from "node:events";
import { crc32, createDeflateRaw, type DeflateRaw } from "node:zlib";
import { Zip, type ZipInputFile } from "fflate";
import type { OutputFile } from "../output_file.ts";

/** The fastest level: the next ones take several times the time for a third less. */
const LEVEL = 1;
const CHUNK_BYTES = 1 << 16;

/** A file in the archive, as fflate takes one that it does not compress itself. */
class DeflatedFile implements ZipInputFile {
  readonly compression = 8;
  size = 0;
  crc = 0;
  /** Set by fflate. */
  ondata: NonNullable<ZipInputFile["ondata"]> = () => {};

  constructor(readonly filename: string) {}
}

/** Writes one archive, a file after the other. */
export class ZipFile {
  /** Bytes of the archive that zip can count without its 64-bit extension. */
  static readonly MAX_BYTES = 0xffff_0000;
  readonly #output: OutputFile;
  readonly #zip: Zip;
  #chunks: Uint8Array[] = [];
  #current: { readonly file: DeflatedFile; readonly deflate: DeflateRaw } | undefined;
  /** What zlib works on while the next bytes are made. */
  #pending: Promise<void> = Promise.resolve();

  constructor(output: OutputFile) {
    this.#output = output;
    this.#zip = new Zip((error, chunk) => {
      if (error) throw error;
      this.#chunks.push(chunk);
    });
  }

  /** Bytes of the archive that are in the file so far. */
  get length(): number {
    return this.#output.length;
  }

  /** Begins a file; the one before has been ended. */
  begin(name: string): void {
    const file = new DeflatedFile(name);
    const deflate = createDeflateRaw({ level: LEVEL, chunkSize: CHUNK_BYTES });
    this.#zip.add(file);
    deflate.on("data", (chunk: Uint8Array<ArrayBuffer>) => file.ondata(null, chunk, false));
    this.#current = { file, deflate };
  }

  /** Adds bytes, which may not be used again, to the file that was begun. */
  async write(bytes: Uint8Array): Promise<void> {
    const { file, deflate } = this.#current!;
    file.crc = crc32(bytes, file.crc);
    file.size += bytes.length;
    await this.#pending;
    this.#pending = new Promise((resolve, reject) => {
      deflate.write(bytes, (error) => error ? reject(error) : resolve());
    });
    // Awaited by the next call, which may come late or never.
    this.#pending.catch(() => {});
    await this.#flush();
  }

  async end(): Promise<void> {
    const { file, deflate } = this.#current!;
    await this.#pending;
    const ended = once(deflate, "end");
    deflate.end();
    await ended;
    file.ondata(null, new Uint8Array(), true);
    this.#current = undefined;
    await this.#flush();
  }

  /** A whole file at once. */
  async add(name: string, content: string): Promise<void> {
    this.begin(name);
    await this.write(new TextEncoder().encode(content));
    await this.end();
  }

  /** Writes the list of files, which ends the archive. */
  async finish(): Promise<void> {
    this.#zip.end();
    await this.#flush();
  }

  abort(): void {
    this.#current?.deflate.destroy();
  }

  async #flush(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) await this.#output.write(chunk);
  }
}
