/** Watches a promise for its failure only. */

/** Rejects when `done` does; never resolves. */
export function failureOf(done: Promise<unknown>): Promise<never> {
  return done.then(() => new Promise<never>(() => {}));
}
