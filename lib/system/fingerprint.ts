/** Detects a recording that was copied to another folder or machine. */

import { dirname } from "node:path";
import { hostname, isContainer, machineId } from "./environment.ts";

const SEPARATOR = "-";
/** Hex digits of each part: enough to distinguish machines, too few to identify one. */
const DIGITS = 12;

/** The machine and folder of a recording, as far as they are known. */
export interface Origin {
  /** systemd's machine id; undefined if there is none or it may not be read. */
  readonly machine: string | undefined;
  /** The machine's name; undefined without the permission, and in a container. */
  readonly host: string | undefined;
  /** The folder's identity. */
  readonly folder: string;
}

/** @param output Base path of the recording; its folder must exist. */
export async function findOrigin(output: string): Promise<Origin> {
  // A copy has another inode and birth time. The path is no criterion: a relative one is ambiguous
  // and an absolute one needs a permission. Nor is the device: its number may change with a mount.
  const { ino, birthtime } = await Deno.stat(dirname(output));
  return {
    machine: await machineId(),
    // A new container has another name but continues with the same volume.
    host: await isContainer() ? undefined : hostname(),
    folder: `${ino ?? ""} ${birthtime?.getTime() ?? ""}`,
  };
}

/** The origin as three hashes, each empty if unknown; stored with the client id. */
export async function fingerprint({ machine, host, folder }: Origin): Promise<string> {
  const parts = [machine, host, folder];
  const hashes = parts.map(async (part, i) =>
    part === undefined ? "" : (await sha256(`mqttrec ${i} ${part}`)).slice(0, DIGITS)
  );
  return (await Promise.all(hashes)).join(SEPARATOR);
}

/** Whether two fingerprints agree in every part that both of them know. */
export function isSamePlace(a: string, b: string): boolean {
  const others = b.split(SEPARATOR);
  return a.split(SEPARATOR).every((part, i) => !part || !others[i] || part === others[i]);
}

/** Hex digits of the SHA-256 of a text. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
