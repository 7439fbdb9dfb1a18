/** Turns the oracle's findings into figures, and broken promises into sentences. */

import { limits } from "./broker.ts";
import type { Figures } from "./case.ts";
import { cover } from "./coverage.ts";
import type { Findings } from "./oracle.ts";

/** Allowed counts; all others must be 0. */
export interface Allowed {
  /** @default {0} */
  readonly lost?: number;
  /** @default {0} */
  readonly duplicates?: number;
  /** @default {0} */
  readonly inversions?: number;
  /** Whether the two files may differ. @default {false} */
  readonly different?: boolean;
}

type Measured = Pick<Figures, "faults" | "maxRssMb" | "recoveryMs" | "note"> & {
  /** Broken promises found by the case itself. */
  readonly broken?: readonly string[];
};

/** The figures of a case; a count above the allowed one is a broken promise. */
export function judge(
  found: Findings,
  { broken = [], ...measured }: Measured,
  { lost = 0, duplicates = 0, inversions = 0, different = false }: Allowed = {},
): Figures {
  const all = [...broken];
  const check = (count: number, most: number, what: string) => {
    if (count > most) all.push(`${count} ${what}${most > 0 ? `, allowed are ${most}` : ""}`);
  };
  // A broker that keeps 1,000 messages drops the rest, which the gap log must admit.
  if (!limits.asInstalled) check(found.lost.length, lost, "acknowledged messages are lost");
  check(
    cover(found.lost, found.gaps).uncovered,
    0,
    "lost messages lie in no row of the gap log that admits it",
  );
  check(found.duplicates, duplicates, "rows are duplicates");
  check(found.torn, 0, `rows are torn or alien (${found.examples.join("; ")})`);
  check(different ? 0 : found.csvNotJson, 0, "rows differ between CSV and JSON");
  check(found.inversions, inversions, "rows are out of order");
  if (found.published === 0) all.push("Nothing was published: the case proves nothing");
  return {
    published: found.published,
    lost: found.lost.length,
    duplicates: found.duplicates,
    torn: found.torn,
    csvNotJson: found.csvNotJson,
    inversions: found.inversions,
    ...measured,
    broken: all,
  };
}

/** Adds up the figures of the parts of a case. */
export function sum(parts: readonly Figures[]): Figures {
  const total = (pick: (part: Figures) => number) =>
    parts.reduce((all, part) => all + pick(part), 0);
  const largest = (pick: (part: Figures) => number | undefined) => {
    const known = parts.map(pick).filter((figure) => figure !== undefined);
    return known.length > 0 ? Math.max(...known) : undefined;
  };
  return {
    faults: total(({ faults }) => faults),
    published: total(({ published }) => published),
    lost: total(({ lost }) => lost),
    duplicates: total(({ duplicates }) => duplicates),
    torn: total(({ torn }) => torn),
    csvNotJson: total(({ csvNotJson }) => csvNotJson),
    inversions: total(({ inversions }) => inversions),
    maxRssMb: largest(({ maxRssMb }) => maxRssMb),
    recoveryMs: largest(({ recoveryMs }) => recoveryMs),
    note: parts.map(({ note }) => note).filter((note) => note !== undefined).join("; ") ||
      undefined,
    broken: parts.flatMap(({ broken }) => broken),
  };
}
