/** The address that somebody typed into the window of a double-clicked program, for the next time. */

import { type Address, hostPort, parseAddress } from "../config/address.ts";
import { readBounded } from "../system/read_bounded.ts";
import { decodeText } from "../text/decode_text.ts";

/** The name of the file, beside the program. */
export const REMEMBERED = "mqttrec-broker.txt";

/** An address has one line. */
const MAX_BYTES = 4_096;

/**
 * An address as it is remembered: without user and password. Undefined for one with a query, which
 * may be the signature of a URL, and as secret as a password.
 */
export function rememberable({ scheme, path, ...at }: Address): string | undefined {
  if (path.includes("?")) return undefined;
  return scheme === "mqtt" ? hostPort(at) : `${scheme}://${hostPort(at)}${path}`;
}

/**
 * The address in the file; undefined where there is none, it cannot be read, or something else
 * stands there. Nothing but an address is taken from it: others may write in the folder of downloads.
 */
export async function rememberedBroker(path: string): Promise<string | undefined> {
  try {
    const text = decodeText(await readBounded(path, MAX_BYTES))?.replace(/^\ufeff/, "").trim();
    const address = text ? parseAddress(text) : undefined;
    return address && address.username === undefined && address.password === undefined
      ? text
      : undefined;
  } catch {
    return undefined;
  }
}

/** @throws It cannot be written. */
export async function rememberBroker(path: string, address: string): Promise<void> {
  await Deno.writeTextFile(path, `${address}\r\n`); // For Notepad.
}
