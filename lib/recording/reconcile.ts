/** Reconciles two files of a recording: adds the rows that only one of them has to the other. */

import { ByteBuffer } from "../message/byte_buffer.ts";
import { compare } from "../reading/compare.ts";
import { cannotRead, cannotWrite } from "../locale/errors.ts";
import type { Format } from "../formats/mod.ts";
import type { AppendFile } from "../files/append_file.ts";
import { RowReader } from "../reading/row_reader.ts";

/** The result. Rows and offsets count from the start of the file. */
export type Reconciliation =
  /** Both files hold the same rows. */
  | { readonly type: "equal" }
  /** `path` lacks more rows than were to be added. Nothing was changed. */
  | { readonly type: "behind"; readonly path: string; readonly rows: number }
  /** Added `rows` rows to `path` and synced them. */
  | { readonly type: "reconciled"; readonly path: string; readonly rows: number }
  /** The first `rows` rows are equal, the next ones differ. Changed nothing. */
  | { readonly type: "different"; readonly rows: number }
  /** In `path` no row begins at offset `at`, after `rows` rows. Changed nothing. */
  | {
    readonly type: "malformed";
    readonly path: string;
    readonly rows: number;
    readonly at: number;
  };

export interface ReconcileOptions {
  /**
   * Checkpoint: `AppendFile.committed` of each when both held the same rows. If one is impossible
   * (past the end, no row boundary, different rows after it), both files are read from the start.
   * @default {0, as for empty files}
   */
  readonly from?: readonly [a: number, b: number];
  /** More rows than these are not added. @default {Infinity} */
  readonly mostRows?: number;
  /** Bytes read and rows written at once. @default {1 MB} */
  readonly chunkBytes?: number;
}

/**
 * @param a An open file, its torn end repaired, without uncommitted rows.
 * @param b Another one, of any format.
 * @throws {RecordingError} A file cannot be read or written; after a failed write the file is cut
 * back to a whole row and may hold some of the new rows.
 */
export async function reconcile(
  a: AppendFile<Format>,
  b: AppendFile<Format>,
  { from = [0, 0], mostRows = Infinity, chunkBytes = 1 << 20 }: ReconcileOptions = {},
): Promise<Reconciliation> {
  using fileA = await openForReading(a.path);
  using fileB = await openForReading(b.path);
  const checkpointed = [a, b].every(({ format: { header, footer }, committed }, i) =>
    from[i]! >= header.length + footer.length && from[i]! <= committed
  );
  const side = (appendFile: AppendFile<Format>, file: Deno.FsFile, checkpoint: number) => {
    const { format: { header, footer }, format } = appendFile;
    const to = appendFile.committed - footer.length;
    const readFrom = (from: number) => new RowReader(file, format, { from, to, chunkBytes });
    const reader = readFrom(checkpointed ? checkpoint - footer.length : header.length);
    return { appendFile, reader, readFrom };
  };
  const pair = [side(a, fileA, from[0]), side(b, fileB, from[1])] as const;
  const { rows, then, ...at } = await compare(pair[0].reader, pair[1].reader);
  const [longer, shorter] = then === "a ends" ? [pair[1], pair[0]] : pair;
  const next = then === "a ends" ? at.b : at.a;
  const start = longer.reader.start(next);
  // Read to the end before writing anything, so that a malformed row is found first.
  const extra = then === "differ" ? 0 : await countRemainder(longer.reader, next);
  const broken = then === "differ"
    ? undefined
    : [shorter, longer].find(({ reader }) => reader.ending !== "whole");
  if (checkpointed && (broken || then === "differ")) {
    return await reconcile(a, b, { mostRows, chunkBytes });
  }
  if (broken) {
    const { appendFile: { path }, reader: { position } } = broken;
    return { type: "malformed", path, rows: rows + (broken === longer ? extra : 0), at: position };
  }
  if (then === "differ") return { type: "different", rows };
  if (then === "both end") return { type: "equal" };
  const { path } = shorter.appendFile;
  if (extra > mostRows) return { type: "behind", path, rows: extra };
  await appendRows(longer.readFrom(start), shorter.appendFile);
  return { type: "reconciled", path, rows: extra };
}

/**
 * The same for any number of files. They are reconciled when every one equals the first, so where rows
 * were added to that one the others are looked at again.
 *
 * @param checkpoints As `from`, one for each file; undefined: none is known.
 * @returns What was found of each pair that is not equal.
 */
export async function reconcileAll(
  files: readonly AppendFile<Format>[],
  checkpoints: readonly number[] | undefined,
  mostRows = Infinity,
): Promise<{ readonly pair: readonly [string, string]; readonly found: Reconciliation }[]> {
  const [first, ...others] = files;
  const all: { pair: readonly [string, string]; found: Reconciliation }[] = [];
  for (let i = 0; i < others.length; i++) {
    const other = others[i]!;
    const from = [checkpoints?.[0] ?? 0, checkpoints?.[i + 1] ?? 0] as const;
    const found = await reconcile(first!, other, { from, mostRows });
    if (found.type !== "equal") all.push({ pair: [first!.path, other.path], found });
    // Once at most for each file, as then the first one is the longest.
    if (i > 0 && found.type === "reconciled" && found.path === first!.path) i = -1;
  }
  return all;
}

/** Number of messages from message `next` of the batch to the end. */
async function countRemainder(reader: RowReader, next: number): Promise<number> {
  let count = reader.batch.count - next;
  while (await reader.read()) count += reader.batch.count;
  return count;
}

/**
 * Appends every message of `reader`, a synced batch at a time.
 *
 * @throws {RecordingError} They cannot be written.
 */
export async function appendRows(reader: RowReader, appendFile: AppendFile<Format>): Promise<void> {
  const out = new ByteBuffer();
  try {
    while (await reader.read()) {
      out.clear();
      appendFile.format.encode(reader.batch, out);
      out.append(appendFile.format.footer);
      await appendFile.write(out.view());
      await appendFile.sync();
      appendFile.commit();
    }
  } catch (cause) {
    await appendFile.rollBack().catch(() => {}); // Report the first error.
    throw cannotWrite(appendFile.path, cause);
  }
}

/** @throws {RecordingError} It cannot be read. */
export async function openForReading(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}
