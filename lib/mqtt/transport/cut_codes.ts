/** How a connection ended, by its code. */

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

/** Reason code of a DISCONNECT: keep alive timeout [MQTT-3.14.2.1]. */
const KEEP_ALIVE_TIMEOUT = "0x8d";

/** Whether a code says that a connection was cut. */
export function isCut(code: unknown): boolean {
  return CUT.has(code);
}

/** Whether a code says that a connection had perhaps been lost for a while. */
export function isLate(code: unknown): boolean {
  return LATE.has(code);
}

/**
 * Whether a connection ended with a DISCONNECT of the broker, which proves that both were there;
 * except one for a keepalive that this process did not send.
 */
export function saidGoodbye(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" && /^0x/.test(code) && code !== KEEP_ALIVE_TIMEOUT;
}
