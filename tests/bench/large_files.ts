/** A recording of any size that takes next to no room: a hole between its first row and its last. */

import { Batch } from "../../lib/batch.ts";
import { ByteBuffer } from "../../lib/byte_buffer.ts";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import { payloadOf, topicOf } from "./load.ts";

/** Rows at the end: more bytes of them, in each file, than are looked at when it is opened. */
export const ROWS = 400_000;
const PER_BATCH = 10_000;
const START = Date.UTC(2026, 10, 23, 10);

function batchOf(from: number): Batch {
  const batch = new Batch();
  for (let i = from; i < from + PER_BATCH; i++) {
    batch.add({
      time: START + i,
      topic: topicOf(i % 1_000),
      payload: payloadOf("plain", 25, i),
      qos: 1,
      retain: false,
      dup: false,
    });
  }
  return batch;
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** One file of about `size` bytes: valid at both ends, a hole in between. */
async function makeLarge(path: string, format: Format, size: number): Promise<void> {
  const rows = new ByteBuffer();
  format.encode(batchOf(0), rows);
  using file = await Deno.open(path, { write: true, createNew: true });
  await write(file, format.header);
  await write(file, rows.view().slice(format.separatorLength));
  await file.seek(size, Deno.SeekMode.Start);
  for (let i = 0; i < ROWS; i += PER_BATCH) {
    rows.length = 0;
    format.encode(batchOf(i), rows);
    await write(file, rows.view());
  }
  await write(file, format.tail);
  await file.sync();
}

/** Both files of a recording. */
export async function makeLargeFiles(base: string, size: number): Promise<void> {
  for (const format of Object.values(FORMATS)) {
    await makeLarge(`${base}.${format.extension}`, format, size);
  }
}
