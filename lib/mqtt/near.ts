/** Whether a broker is on this machine or the local network, where trying costs nothing. */

/** Longest wait between two tries to reach a broker that is near, in milliseconds. */
export const NEAR_MS = 2_000;

/** Addresses that no router of the internet knows [RFC 1918, 1122, 3927, 4193, 4291]. */
const PRIVATE = [
  /^127\./,
  /^10\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^192\.168\./,
  /^169\.254\./,
  /^::1$/,
  /^f[cd][0-9a-f]{2}:/i,
  /^fe[89ab][0-9a-f]:/i,
];
/** Names of home networks [RFC 6762, 8375], and those that are common there. */
const LOCAL_NAME = /\.(local|localhost|home\.arpa|lan|home|internal|fritz\.box)\.?$/i;

/** @param host Name or address, without brackets. A name without a dot is a local one. */
export function isNear(host: string): boolean {
  const isAddress = host.includes(":") || /^[\d.]+$/.test(host);
  if (isAddress) return PRIVATE.some((pattern) => pattern.test(host));
  return !host.includes(".") || LOCAL_NAME.test(host);
}
