/** A connection to read from and write to, as `Deno.Conn` is. */
export interface ByteStream {
  /** Reads up to `into.length` bytes; returns their number, null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`; returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}
