/** Writes finished files anew that lack rows, from another format of their number that has them all. */

import { basename } from "node:path";
import { FileIndex, hasSum, type IndexRow, readIndex } from "../files/file_index.ts";
import { openRecorded } from "../files/gzip_file.ts";
import { freeName, keepMode } from "../files/new_file.ts";
import { syncDirectory } from "../files/regular_file.ts";
import { lacking } from "../reading/compare.ts";
import { formatsFound } from "../reading/detect_properties.ts";
import type { FinishedPart } from "../reading/named_recordings.ts";
import { RowReader } from "../reading/row_reader.ts";
import { type Formatted, temporaryFor, writeAnew } from "../recording/rebuild.ts";
import { contentsOf } from "../recording/unlisted_files.ts";
import { FileWorker } from "../system/file_worker.ts";
import type { Findings } from "./check_recording.ts";
import type { SetFindings } from "./check_set.ts";
import { listedFiles, rowsByNumber } from "./listed_files.ts";

/** A file that lacked rows, and what became of it. */
export type Reconciled =
  /** It holds `added` rows more, none where only its end was torn; the one of before is `kept`. */
  | {
    readonly type: "filled";
    readonly path: string;
    readonly added: number;
    readonly kept: string;
  }
  /** No other format holds all of its rows and more. */
  | { readonly type: "left"; readonly path: string };

/**
 * The index names a new file before it is in its place: what a kill leaves in between is a changed
 * file, which `restoreFinished` makes anew.
 *
 * @param output Base path of the recording; the caller holds its lock.
 * @param parts Its finished files that are there.
 * @throws A file cannot be read or written.
 */
export async function reconcileFinished(
  output: string,
  { findings }: SetFindings,
  parts: readonly FinishedPart[],
): Promise<readonly Reconciled[]> {
  const all: Reconciled[] = [];
  using worker = new FileWorker();
  for (const found of findings) {
    const part = parts.find(({ base }) => base === found.base);
    if (part !== undefined) all.push(...await reconcilePart({ output, part, worker }, found));
  }
  return all;
}

type Counted = Formatted & { readonly rows: number };

interface Place {
  readonly output: string;
  readonly part: FinishedPart;
  readonly worker: FileWorker;
}

async function reconcilePart(place: Place, { files, standings }: Findings): Promise<Reconciled[]> {
  const { part, output, worker } = place;
  const formats = await formatsFound(part.paths);
  const haveSameRows = standings.every(({ type }) => type === "same");
  if (formats === undefined || haveSameRows && files.every(({ problem }) => !problem)) return [];
  const { rows: index = [] } = await readIndex(output) ?? {};
  const listed = listedFiles(rowsByNumber(index).get(part.number) ?? []).files;
  const whole: Counted[] = [], torn: Counted[] = [];
  for (const [name, path] of part.paths) {
    const { contents, problem } = files.find(({ contents }) => contents.path === path) ?? {};
    if (contents === undefined) continue;
    const row = listed.get(basename(path));
    const counted = { path, format: formats[name], rows: contents.rows };
    // One that was damaged before it was listed: no sum tells what it held.
    if (problem !== undefined && row === undefined) torn.push(counted);
    if (problem !== undefined) continue;
    // Only what mqttrec has written: its number of rows may be wrong, its sum is not.
    if (row === undefined || !hasSum(row, await worker.sum(path))) continue;
    whole.push(counted);
  }
  whole.sort((a, b) => b.rows - a.rows);
  const all: Reconciled[] = [];
  const [longest, ...others] = whole;
  if (longest === undefined) return [];
  const lackingRows = others.filter(({ rows }) => rows < longest.rows);
  for (const shorter of [...lackingRows, ...torn]) {
    const { path } = shorter;
    const added = await lackingIn(longest, shorter);
    if (added === undefined) all.push({ type: "left", path });
    else {
      const kept = await replace(place, longest, shorter);
      all.push({ type: "filled", path, added, kept });
    }
  }
  return all;
}

async function lackingIn(longer: Formatted, shorter: Formatted): Promise<number | undefined> {
  using a = await openRecorded(longer.path);
  using b = await openRecorded(shorter.path);
  return (await lacking(new RowReader(a, longer.format), new RowReader(b, shorter.format)))?.rows;
}

/** Returns where the old file is now. */
async function replace(
  { output, part, worker }: Place,
  longer: Formatted,
  { path, format }: Formatted,
): Promise<string> {
  const plain = path.replace(/\.gz$/, ""), packed = await temporaryFor(path);
  const made = await writeAnew(longer, { path: plain, format }, path);
  try {
    const [name] = [...part.paths].find(([, each]) => each === path)!;
    const common = {
      time: Date.now(),
      number: part.number,
      ...(await contentsOf(made, name, undefined))!,
    };
    const rows: IndexRow[] = [
      { ...common, event: "finished", file: basename(plain), ...await worker.sum(made) },
    ];
    if (path !== plain) {
      const { bytes, sha256 } = await worker.compress(made, packed);
      rows.push({ ...common, event: "compressed", file: basename(path), bytes, sha256 });
      await keepMode(packed, path);
    }
    const kept = await freeName(`${path}.damaged`);
    {
      using index = await FileIndex.open(output);
      await index.append(rows);
    }
    await Deno.rename(path, kept);
    await Deno.rename(path === plain ? made : packed, path);
    await syncDirectory(output);
    return kept;
  } finally {
    for (const left of [made, packed]) await Deno.remove(left).catch(() => {});
  }
}
