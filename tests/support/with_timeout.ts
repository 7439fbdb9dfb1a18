/** A wait that fails instead of never ending. */

const PATIENCE_MS = 10_000;

/** Awaits `promise`; after 10 s rejects with an error that names `what`. */
export async function withTimeout<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`in vain: ${what}`)), PATIENCE_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
