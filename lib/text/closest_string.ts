/** Finds the known word that a mistyped one most likely stands for. */

/**
 * The word of `known` closest to `typed`, ignoring case: one that begins with it, or differs in a
 * few letters; `undefined` if none is close.
 */
export function closestString<T extends string>(typed: string, known: readonly T[]): T | undefined {
  const wanted = typed.toLowerCase();
  let best: T | undefined;
  let lowest = Math.max(2, Math.ceil(wanted.length / 3)) + 1;
  for (const word of known) {
    const cost = wanted.length > 1 && word.startsWith(wanted) ? 1 : distance(wanted, word);
    if (cost < lowest) [best, lowest] = [word, cost];
  }
  return best;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
