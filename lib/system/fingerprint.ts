/** Tells a recording that was copied, or came with a cloned disk, from one that stayed in its place. */

import { dirname } from "node:path";
import { hostname, isContainer, machineId } from "./environment.ts";

const SEPARATOR = "-";
/** Hex digits of each part: enough to tell machines apart, too few to tell which one it is. */
const DIGITS = 12;

/** What is known of where a recording is written. */
export interface Origin {
  /** systemd's id of the machine; undefined where it has none, or may not be read. */
  readonly machine: string | undefined;
  /** The machine's name; undefined without the permission, and in a container. */
  readonly host: string | undefined;
  /** The folder's identity. */
  readonly folder: string;
}

/** @param output Base path of the recording; its folder must exist. */
export async function findOrigin(output: string): Promise<Origin> {
  // A copy has another inode and another birth. Not its path: a relative one says nothing, and an
  // absolute one needs a permission. Nor the device: its number may change with each mount.
  const { ino, birthtime } = await Deno.stat(dirname(output));
  return {
    machine: await machineId(),
    // A container made anew has another name each time, and goes on with the same volume.
    host: await isContainer() ? undefined : hostname(),
    folder: `${ino ?? ""} ${birthtime?.getTime() ?? ""}`,
  };
}

/** The origin as it is noted beside the client id: three hashes, each empty where it is unknown. */
export async function fingerprint({ machine, host, folder }: Origin): Promise<string> {
  const parts = [machine, host, folder];
  const hashes = parts.map(async (part, i) =>
    part === undefined ? "" : (await sha256(`mqttrec ${i} ${part}`)).slice(0, DIGITS)
  );
  return (await Promise.all(hashes)).join(SEPARATOR);
}

/** Whether two fingerprints are of one place, as far as both of them know. */
export function isSamePlace(a: string, b: string): boolean {
  const others = b.split(SEPARATOR);
  return a.split(SEPARATOR).every((part, i) => !part || !others[i] || part === others[i]);
}

/** Hex digits of the SHA-256 of a text. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
