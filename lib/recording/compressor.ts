/** Compresses finished files for `--compress`, in the background. */

import { beside } from "../files/finished_name.ts";
import type { FileIndex, IndexRow } from "../files/file_index.ts";
import { syncDirectory } from "../files/regular_file.ts";
import type { FileWorker } from "../system/file_worker.ts";

const GZ = ".gz", PART = ".gz.part";

interface Parts {
  readonly output: string;
  readonly now: () => number;
  readonly worker: Pick<FileWorker, "compress">;
  /** A file that is not as the index says stays as it is. */
  readonly onLeft: (path: string) => void;
}

export class Compressor {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Compresses files, each to a temporary name first: what is there under its name is whole and was
   * read back. The plain file goes last, when the index has the row of the compressed one.
   *
   * @param rows Their rows in the index; each is replaced by that of its compressed file.
   * @throws One cannot be written; call it again.
   */
  async compress(
    rows: IndexRow[],
    index: Pick<FileIndex, "append">,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { output, now, onLeft, worker } = this.#parts;
    for (const [i, row] of rows.entries()) {
      const path = beside(output, row.file);
      const there = await Deno.lstat(path).catch(() => undefined);
      // Somebody has taken it away, or it was done before the last attempt failed.
      if (!there?.isFile || row.event !== "finished") continue;
      const { contents, ...sum } = await worker.compress(path, `${path}${PART}`, signal)
        .catch(async (error) => {
          await Deno.remove(`${path}${PART}`).catch(() => {});
          throw error;
        });
      if (contents.sha256 !== row.sha256 || contents.bytes !== row.bytes) {
        await Deno.remove(`${path}${PART}`);
        onLeft(path);
        continue;
      }
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
      // A reader may hold it open (Windows): then the next start removes it.
      await Deno.remove(path).catch(() => {});
    }
  }

  /**
   * Removes plain files whose compressed ones are in the index, and parts of files that a kill has
   * left.
   *
   * @param there Names of the files that are there: only what is there costs a look.
   * @returns Rows of files to compress, those of a number together.
   */
  async leftovers(
    there: ReadonlySet<string>,
    rows: readonly IndexRow[],
  ): Promise<IndexRow[][]> {
    const { output } = this.#parts;
    const compressed = new Map<string, IndexRow>(), plain = new Map<number, IndexRow[]>();
    const deleted = new Set<string>();
    for (const row of rows) {
      if (row.event === "compressed") compressed.set(row.file, row);
      if (row.event === "deleted") deleted.add(row.file);
    }
    for (const row of rows) {
      if (row.event !== "finished") continue;
      const path = beside(output, row.file), done = compressed.get(`${row.file}${GZ}`);
      if (there.has(`${row.file}${PART}`)) await Deno.remove(`${path}${PART}`).catch(() => {});
      // What is only not deleted yet, as a kill came in between, is not compressed.
      if (!there.has(row.file) || deleted.has(row.file)) continue;
      if (done === undefined) plain.set(row.number, [...plain.get(row.number) ?? [], row]);
      else {
        const info = await Deno.lstat(`${path}${GZ}`).catch(() => undefined);
        // An index that was made anew lists both, whatever they hold.
        const holdsThese = done.rows === row.rows && done.begin === row.begin &&
          done.end === row.end;
        if (info?.size === done.bytes && holdsThese) await Deno.remove(path).catch(() => {});
      }
    }
    return [...plain.values()];
  }
}
