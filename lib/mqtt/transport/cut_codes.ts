/** Codes of connections that ended without a word. */

/**
 * The other side or the system cut the connection. Windows says ECONNABORTED, or one of the last two,
 * where other systems say ECONNRESET, EPIPE or, for data that nobody acknowledges, ETIMEDOUT.
 */
const CUT = new Set<unknown>(["ECONNRESET", "EPIPE", "ECONNABORTED", "ENETRESET", "ESHUTDOWN"]);

/** Also noticed late: the other side may have been away for a while. */
const LATE = new Set<unknown>([
  ...CUT,
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
]);

/** Whether a code says that a connection was cut. */
export function isCut(code: unknown): boolean {
  return CUT.has(code);
}

/** Whether a code says that a connection had perhaps been lost for a while. */
export function isLate(code: unknown): boolean {
  return LATE.has(code);
}
