/** Makes sparse recordings of any size, with a hole between the first and the last rows. */

import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { message, rowsOf, START } from "../support/arbitrary.ts";
import { payloadOf, topicOf } from "./load.ts";

/** Rows at the end: more bytes than opening a file reads. */
export const ROWS = 400_000;
const PER_WRITE = 10_000;

function* messages(from: number): Generator<Message, void, unknown> {
  for (let i = from; i < from + PER_WRITE; i++) {
    yield message(topicOf(i % 1_000), payloadOf("plain", 25, i), START + i);
  }
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** One file of about `size` bytes: valid at both ends, a hole in between. */
async function makeLarge(path: string, format: Format, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await write(file, format.header);
  await write(file, rowsOf(format, messages(0)).subarray(format.separatorLength));
  await file.seek(size, Deno.SeekMode.Start);
  for (let i = 0; i < ROWS; i += PER_WRITE) {
    await write(file, rowsOf(format, messages(i)));
  }
  await write(file, format.footer);
  await file.sync();
}

/** Both files of a recording. */
export async function makeLargeFiles(base: string, size: number): Promise<void> {
  for (const format of Object.values(FORMATS)) {
    await makeLarge(`${base}.${format.extension}`, format, size);
  }
}
