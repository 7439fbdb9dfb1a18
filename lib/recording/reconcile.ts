/** Brings two recordings of the same messages level: what only one of them has is added to the other. */

import { ByteBuffer } from "../message/byte_buffer.ts";
import { compare } from "../reading/compare.ts";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import type { Format } from "../formats/mod.ts";
import type { Recording } from "../files/append_file.ts";
import { RowReader } from "../reading/row_reader.ts";

/** How the two stand now. Rows and offsets count from the beginning of the file. */
export type Level =
  /** Both held the same rows. */
  | { readonly type: "level" }
  /** `rows` rows were added to `path` and are on disk. */
  | { readonly type: "levelled"; readonly path: string; readonly rows: number }
  /** The first `rows` rows are the same, the next one is another. Nothing was changed. */
  | { readonly type: "different"; readonly rows: number }
  /** In `path` no row of ours begins at offset `at`, behind row `rows`. Nothing was changed. */
  | {
    readonly type: "malformed";
    readonly path: string;
    readonly rows: number;
    readonly at: number;
  };

/** Rows that a crash left in one file only now stand in `path` too, or could not be. */
export type LevelEvent =
  | {
    readonly type: "levelled";
    readonly path: string;
    readonly rows: number;
    readonly from: string;
  }
  | { readonly type: "uneven"; readonly paths: readonly [string, string]; readonly row: number };

export interface LevelOptions {
  /**
   * What `Recording.committed` of each was at one moment when they were level: a pair, as one of
   * them with the other's beginning would add rows twice. Where either cannot be (it lies past the
   * end, or no row of ours begins there, or the rows behind differ) both files are read from their
   * beginning, which finds out. @default {0, as for empty files}
   */
  readonly from?: readonly [a: number, b: number];
  /** Bytes read and rows written at once. @default {1 MB} */
  readonly chunkBytes?: number;
}

/**
 * @param a An open recording, its torn end repaired, with nothing written and not committed.
 * @param b Another one, of any format.
 * @throws {RecordingError} A file cannot be read, or the rows cannot be written: then the file is
 * cut back to a whole row and may have got some of them.
 */
export async function level(
  a: Recording<Format>,
  b: Recording<Format>,
  { from = [0, 0], chunkBytes = 1 << 20 }: LevelOptions = {},
): Promise<Level> {
  using fileA = await openForReading(a.path);
  using fileB = await openForReading(b.path);
  const anchored = [a, b].every(({ format: { header, tail }, committed }, i) =>
    from[i]! >= header.length + tail.length && from[i]! <= committed
  );
  const side = (recording: Recording<Format>, file: Deno.FsFile, anchor: number) => {
    const { format: { header, tail }, format } = recording;
    const to = recording.committed - tail.length;
    const readFrom = (from: number) => new RowReader(file, format, { from, to, chunkBytes });
    const reader = readFrom(anchored ? anchor - tail.length : header.length);
    return { recording, reader, readFrom };
  };
  const pair = [side(a, fileA, from[0]), side(b, fileB, from[1])] as const;
  const { rows, then, ...at } = await compare(pair[0].reader, pair[1].reader);
  const [longer, shorter] = then === "a ends" ? [pair[1], pair[0]] : pair;
  const next = then === "a ends" ? at.b : at.a;
  const start = longer.reader.start(next);
  // Read to its end before anything is written: a malformed row must not be met half-way.
  const extra = then === "differ" ? 0 : await countRest(longer.reader, next);
  const broken = then === "differ"
    ? undefined
    : [shorter, longer].find(({ reader }) => reader.ending !== "whole");
  if (anchored && (broken || then === "differ")) {
    return await level(a, b, { chunkBytes });
  }
  if (broken) {
    const { recording: { path }, reader: { position } } = broken;
    return { type: "malformed", path, rows: rows + (broken === longer ? extra : 0), at: position };
  }
  if (then === "differ") return { type: "different", rows };
  if (then === "both end") return { type: "level" };
  await append(longer.readFrom(start), shorter.recording);
  return { type: "levelled", path: shorter.recording.path, rows: extra };
}

/** Messages from number `next` of the batch on to the end. */
async function countRest(reader: RowReader, next: number): Promise<number> {
  let count = reader.batch.count - next;
  while (await reader.read()) count += reader.batch.count;
  return count;
}

/** Writes every message that `reader` gives behind the rows of `recording`, a synced batch at a time. */
async function append(reader: RowReader, recording: Recording<Format>): Promise<void> {
  const out = new ByteBuffer();
  try {
    while (await reader.read()) {
      out.clear();
      recording.format.encode(reader.batch, out);
      out.append(recording.format.tail);
      await recording.write(out.view());
      await recording.sync();
      recording.commit();
    }
  } catch (cause) {
    await recording.rollBack().catch(() => {}); // The first error says what is wrong.
    throw new RecordingError((t, because) => t.cannotWrite(recording.path, because(cause)), {
      cause,
    });
  }
}

/**
 * After a crash one file may have rows of the last commit that the other one does not have.
 *
 * @param anchors What each file held at a moment when they were level, by extension.
 * @returns What was done, for the person; undefined where there was nothing to do.
 */
export async function bringLevel(
  recordings: readonly Recording<Format>[],
  anchors: Readonly<Record<string, number>>,
): Promise<LevelEvent | undefined> {
  const [a, b] = recordings.filter(({ format: { extension } }) => extension in anchors);
  if (a === undefined || b === undefined) return undefined;
  const from = [anchors[a.format.extension]!, anchors[b.format.extension]!] as const;
  const found = await level(a, b, { from });
  if (found.type === "level") return undefined;
  if (found.type === "levelled") return { ...found, from: found.path === a.path ? b.path : a.path };
  return { type: "uneven", paths: [a.path, b.path], row: found.rows + 1 };
}

async function openForReading(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}
