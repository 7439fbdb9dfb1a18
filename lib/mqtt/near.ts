/**
 * Whether a broker is on this machine or the local network, where frequent attempts cost nothing.
 */

/** Longest wait between attempts to reach a near broker, in ms. */
export const NEAR_MS = 2_000;

/** Addresses that the internet does not route [RFC 1918, 1122, 3927, 4193, 4291]. */
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
/** Names of home networks: standard [RFC 6762, 8375], and common ones. */
const LOCAL_NAME = /\.(local|localhost|home\.arpa|lan|home|internal|fritz\.box)\.?$/i;

/** @param host Name or address, without brackets. A name without a dot is a local one. */
export function isNear(host: string): boolean {
  const isAddress = host.includes(":") || /^[\d.]+$/.test(host);
  if (isAddress) return PRIVATE.some((pattern) => pattern.test(host));
  return !host.includes(".") || LOCAL_NAME.test(host);
}
