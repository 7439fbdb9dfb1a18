/** Compresses finished files for `--compress`, in the background. */

import { beside } from "../files/finished_name.ts";
import { type FileIndex, hasSum, type IndexRow } from "../files/file_index.ts";
import { holdsSame } from "../files/gzip_file.ts";
import { isThere } from "../files/is_there.ts";
import { keepMode } from "../files/new_file.ts";
import { syncDirectory } from "../files/regular_file.ts";
import type { FileWorker } from "../system/file_worker.ts";

const GZ = ".gz", PART = ".gz.part";

interface Parts {
  readonly output: string;
  readonly now: () => number;
  readonly worker: Pick<FileWorker, "compress" | "sum">;
  /** A file that is not as the index says stays as it is. */
  readonly onLeft: (path: string) => void;
  /** Also a plain file whose compressed one holds something else, or is damaged. */
  readonly onDiffering: (path: string) => void;
}

export class Compressor {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Compresses files, each to a temporary name first: what is there under its name is whole and was
   * read back. The plain file goes last, when the index has the row of the compressed one. One that
   * is there already is replaced only if it holds the same: a kill came before its row.
   *
   * @param rows Their rows in the index; each is replaced by that of its compressed file.
   * @throws One cannot be written; call it again.
   */
  async compress(
    rows: IndexRow[],
    index: Pick<FileIndex, "append">,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { output, now, onLeft, onDiffering, worker } = this.#parts;
    for (const [i, row] of rows.entries()) {
      const path = beside(output, row.file);
      const there = await Deno.lstat(path).catch(() => undefined);
      // Somebody has taken it away, or it was done before the last attempt failed.
      if (!there?.isFile || row.event !== "finished") continue;
      if (await isThere(`${path}${GZ}`) && !await isSame(path)) {
        onDiffering(path);
        continue;
      }
      const { contents, ...sum } = await worker.compress(path, `${path}${PART}`, signal)
        .catch(async (error) => {
          await Deno.remove(`${path}${PART}`).catch(() => {});
          throw error;
        });
      if (!hasSum(row, contents)) {
        await Deno.remove(`${path}${PART}`);
        onLeft(path);
        continue;
      }
      await keepMode(`${path}${PART}`, path);
      await Deno.rename(`${path}${PART}`, `${path}${GZ}`);
      await syncDirectory(output);
      const done = {
        ...row,
        ...sum,
        time: now(),
        event: "compressed",
        file: `${row.file}${GZ}`,
      } as const;
      await index.append([done]);
      rows[i] = done;
      const { size, mtime } = await Deno.lstat(path).catch(() => there);
      if (size !== there.size || Number(mtime) !== Number(there.mtime)) {
        onLeft(path);
        continue;
      }
      // A reader may hold it open (Windows): then the next start removes it.
      await Deno.remove(path).catch(() => {});
    }
  }

  /**
   * Removes plain files whose compressed ones hold the same, and parts of files that a kill has left.
   * A plain file that was changed since it was finished stays, as does one whose compressed one holds
   * something else.
   *
   * @param there Names of the files that are there: only what is there costs a look.
   * @returns Rows of files to compress, those of a number together.
   */
  async leftovers(
    there: ReadonlySet<string>,
    rows: readonly IndexRow[],
  ): Promise<IndexRow[][]> {
    const { output, worker, onLeft, onDiffering } = this.#parts;
    // A later row of the same file counts.
    const finished = new Map<string, IndexRow>(), compressed = new Set<string>();
    const plain = new Map<number, IndexRow[]>(), deleted = new Set<string>();
    for (const row of rows) {
      if (row.event === "finished") finished.set(row.file, row);
      if (row.event === "compressed") compressed.add(row.file);
      if (row.event === "deleted") deleted.add(row.file);
    }
    for (const row of finished.values()) {
      const path = beside(output, row.file), packed = `${row.file}${GZ}`;
      if (there.has(`${row.file}${PART}`)) await Deno.remove(`${path}${PART}`).catch(() => {});
      // What is only not deleted yet, as a kill came in between, is not compressed.
      if (!there.has(row.file) || deleted.has(row.file)) continue;
      if (!compressed.has(packed)) {
        plain.set(row.number, [...plain.get(row.number) ?? [], row]);
        continue;
      }
      // Somebody has decompressed it.
      if (!there.has(packed)) continue;
      const sum = await worker.sum(path).catch(() => undefined);
      if (!hasSum(row, sum)) onLeft(path);
      // An index that was made anew lists both, whatever they hold.
      else if (await isSame(path)) await Deno.remove(path).catch(() => {});
      else onDiffering(path);
    }
    return [...plain.values()];
  }
}

/** Whether a plain file holds what its compressed one does. */
async function isSame(path: string): Promise<boolean> {
  return await holdsSame(path, `${path}${GZ}`).catch(() => false);
}
