/** Which cases a run is about: `--only`. */

import type { FaultCase } from "./case.ts";

/**
 * Chooses cases of `all`, in its order.
 *
 * @param only Each is a part of a name, as it stands; otherwise numbers and parts of names with
 * commas between them. Empty: all of the set.
 */
export function choose<T extends Pick<FaultCase, "number" | "name" | "inQuick">>(
  all: readonly T[],
  only: readonly string[],
  quick: boolean,
): T[] {
  if (only.length === 0) return all.filter(({ inQuick }) => inQuick || !quick);
  // A name may have commas: "40,000 at once".
  const isName = (text: string) =>
    !/^\d+$/.test(text) && all.some(({ name }) => name.includes(text));
  const wanted = only.flatMap((text) => isName(text) ? [text] : text.split(","));
  return all.filter(({ number, name }) =>
    wanted.some((each) => /^\d+$/.test(each) ? Number(each) === number : name.includes(each))
  );
}
