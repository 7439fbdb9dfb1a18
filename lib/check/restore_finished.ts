/**
 * Makes finished files anew that are gone or damaged, from another format of their number: the sum in
 * the index proves that not a byte differs.
 */

import { FileIndex, hasSum, type IndexRow, readIndex } from "../files/file_index.ts";
import { beside, parseFinished } from "../files/finished_name.ts";
import { isThere } from "../files/is_there.ts";
import { freeName, keepMode } from "../files/new_file.ts";
import { syncDirectory } from "../files/regular_file.ts";
import { formatsFound } from "../reading/detect_properties.ts";
import type { FinishedPart } from "../reading/named_recordings.ts";
import { temporaryFor, writeAnew } from "../recording/rebuild.ts";
import { FileWorker } from "../system/file_worker.ts";
import type { SetFindings } from "./check_set.ts";

/** A file that is as the index says again. */
export interface Restored {
  readonly path: string;
  /** Where the damaged one is now; undefined: it was gone. */
  readonly kept: string | undefined;
}

/**
 * @param output Base path of the recording; the caller holds its lock.
 * @param parts Its finished files that are there.
 * @throws A file cannot be read or written.
 */
export async function restoreFinished(
  output: string,
  { problems }: SetFindings,
  parts: readonly FinishedPart[],
): Promise<readonly Restored[]> {
  const { rows = [] } = await readIndex(output) ?? {};
  const rowsOf = (event: IndexRow["event"]) =>
    new Map(rows.filter((row) => row.event === event).map((row) => [row.file, row]));
  const finished = rowsOf("finished"), compressed = rowsOf("compressed");
  const restored: Restored[] = [];
  using worker = new FileWorker();
  for (const problem of problems) {
    if (problem.type !== "changed" && problem.type !== "missing") continue;
    const path = beside(output, problem.file), plain = path.replace(/\.gz$/, "");
    const row = finished.get(problem.file.replace(/\.gz$/, ""));
    const part = parts.find(({ base }) => plain.startsWith(`${base}.`));
    if (row === undefined || part === undefined) continue;
    if (path === plain && hasSum(row, await worker.sum(path).catch(() => undefined))) continue;
    const made = await make(path, { output, row, part, worker });
    if (made === undefined) continue;
    const kept = await isThere(path) ? await freeName(`${path}.damaged`) : undefined;
    const packed = await temporaryFor(path);
    const sum = path === plain ? undefined : await worker.compress(made, packed);
    if (sum) await keepMode(packed, kept === undefined ? made : path);
    if (kept !== undefined) await Deno.rename(path, kept);
    await Deno.rename(sum ? packed : made, path);
    if (sum && made !== plain) await Deno.remove(made);
    await syncDirectory(output);
    if (sum && !hasSum(compressed.get(problem.file)!, sum)) {
      using index = await FileIndex.open(output);
      const { bytes, sha256 } = sum;
      const again = { event: "compressed", file: problem.file, time: Date.now() } as const;
      await index.append([{ ...row, ...again, bytes, sha256 }]);
    }
    restored.push({ path, kept });
  }
  return restored;
}

interface Source {
  readonly output: string;
  readonly row: IndexRow;
  readonly part: FinishedPart;
  readonly worker: FileWorker;
}

/** Returns a file that is as the index says of the plain one; undefined: no format leads to that. */
async function make(
  damaged: string,
  { output, row, part, worker }: Source,
): Promise<string | undefined> {
  const { format } = parseFinished(output, row.file)!;
  const plain = beside(output, row.file);
  if (plain !== damaged && hasSum(row, await worker.sum(plain).catch(() => undefined))) {
    return plain;
  }
  for (const [name, path] of part.paths) {
    if (path === damaged) continue;
    try {
      const formats = (await formatsFound(new Map([[name, path]])))!;
      const like = await isThere(damaged) ? damaged : path;
      const made = await writeAnew(
        { path, format: formats[name] },
        { path: plain, format: formats[format] },
        like,
      );
      if (hasSum(row, await worker.sum(made))) return made;
      await Deno.remove(made);
    } catch {
      // It is damaged too.
    }
  }
  return undefined;
}
