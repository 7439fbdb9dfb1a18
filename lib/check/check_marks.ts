/** What `check` says about the marks of a recording. */

import type { Sentences } from "../locale/mod.ts";
import type { MarkTotals } from "../marks/read_marks.ts";
import { escapeForTerminal } from "../text/escape.ts";

/** Whether every row is a mark, but for one that is being written. */
export function areMarksWhole({ tornBytes, alien }: MarkTotals, live: boolean): boolean {
  return alien === undefined && (live || tornBytes === undefined);
}

/** The lines about the marks. */
export function renderMarks(
  { path, marks, tornBytes, alien }: MarkTotals,
  live: boolean,
  t: Sentences,
): string[] {
  const lines = [t.check.marks(escapeForTerminal(path), marks)];
  if (tornBytes !== undefined) lines.push(`  ${live ? t.check.live : t.check.tornGaps(tornBytes)}`);
  if (alien) lines.push(`  ${t.check.alienGaps(alien.count, alien.row)}`);
  return lines;
}
