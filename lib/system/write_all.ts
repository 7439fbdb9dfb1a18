/** Writes bytes completely: one `write` may take only a part of them. */

/** The part of `Deno.Conn`, `Deno.FsFile` and the like that is used. */
export interface PartialWriter {
  /** Writes some of `bytes`, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all bytes, or throws what the writer throws: on a full disk after a part of them. */
export async function writeAll(writer: PartialWriter, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at));
}
