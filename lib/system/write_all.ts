/** Writes all bytes, because one `write` may write only a part of them. */

/** The part of `Deno.Conn`, `Deno.FsFile` and the like that is used. */
export interface PartialWriter {
  /** Writes some of `bytes`, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all bytes. Rethrows errors of the writer; a full disk fails after a part of the bytes. */
export async function writeAll(writer: PartialWriter, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await writer.write(bytes.subarray(at));
}
