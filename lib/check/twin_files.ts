/** Finished files that are there twice, plain and compressed: whoever reads all of them counts rows twice. */

import { basename } from "node:path";
import type { IndexRow } from "../files/file_index.ts";
import { holdsSame } from "../files/gzip_file.ts";
import type { FinishedPart } from "../reading/named_recordings.ts";
import { listedFiles, type SetProblem } from "./listed_files.ts";

/** Two files with the same rows, by their names. */
export interface Twins {
  /** The one that the index names. */
  readonly kept: string;
  readonly spare: string;
}

/**
 * The twins of a number, and a problem for each that holds something else than the other.
 *
 * @param rows Of the number, in the index.
 * @throws One cannot be read.
 */
export async function findTwins(
  { plainToo = [] }: Pick<FinishedPart, "plainToo">,
  rows: readonly IndexRow[],
): Promise<{ readonly twins: readonly Twins[]; readonly problems: readonly SetProblem[] }> {
  const { files } = listedFiles(rows);
  const twins: Twins[] = [], problems: SetProblem[] = [];
  for (const path of plainToo) {
    const name = basename(path), gz = `${name}.gz`;
    const [kept, spare] = files.has(gz) ? [gz, name] : [name, gz];
    if (await holdsSame(path, `${path}.gz`)) twins.push({ kept, spare });
    else problems.push({ type: "otherRows", file: spare });
  }
  return { twins, problems };
}
