/** A connection that is read and written, as `Deno.Conn` is. */
export interface ByteStream {
  /** Up to `into.length` bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`, and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}
