/** Reads the environment as far as Deno permits, without ever prompting for a permission. */

import process from "node:process";
import { BrokerError } from "../locale/errors.ts";

/** Value of an environment variable; undefined if it is unset or not permitted. */
export function readEnv(variable: string): string | undefined {
  return isGranted({ kind: "env", scope: variable }) ? Deno.env.get(variable) : undefined;
}

/** This machine's name; undefined if it is not permitted. */
export function hostname(): string | undefined {
  return isGranted({ kind: "sys", scope: "hostname" }) ? Deno.hostname() : undefined;
}

/** systemd's id of this machine; undefined where there is none, or Deno may not read it. */
export async function machineId(): Promise<string | undefined> {
  // An image that has never been started says "uninitialized".
  return /^[0-9a-f]{32}$/.exec((await textOf("/etc/machine-id"))?.trim() ?? "")?.[0];
}

/**
 * Whether this is a container, where Deno may look: Docker and Podman leave these files in each.
 */
export async function isContainer(): Promise<boolean> {
  const marks = ["/.dockerenv", "/run/.containerenv"].map(textOf);
  return (await Promise.all(marks)).some((text) => text !== undefined);
}

/** A file of the system; undefined where there is none, or Deno may not read it. */
async function textOf(path: string): Promise<string | undefined> {
  if (Deno.build.os === "windows" || !isGranted({ kind: "read", scope: path })) return undefined;
  return await Deno.readTextFile(path).catch(() => undefined);
}

/**
 * Loads a module with an empty environment. npm:mqtt and npm:mqtt-packet read the environment while
 * they load (`debug` all of it, `readable-stream` one variable): without it they need no permission, and
 * no variable changes what they print on our terminal.
 *
 * @throws {BrokerError} Deno cannot download it; a later attempt may.
 */
export async function withoutEnv<T>(load: () => Promise<T>): Promise<T> {
  const env = Object.getOwnPropertyDescriptor(process, "env")!;
  Object.defineProperty(process, "env", { value: {}, configurable: true });
  try {
    return await load();
  } catch (cause) {
    throw new BrokerError((t) => t.connect.notDownloaded, { cause });
  } finally {
    Object.defineProperty(process, "env", env);
  }
}

/** Deno's name of the scope, by the kind of a permission. */
const SCOPES: Readonly<Record<string, string>> = {
  net: "host",
  read: "path",
  write: "path",
  env: "variable",
  sys: "kind",
};

/** Whether a permission is granted; never prompts. */
export function isGranted(
  { kind, scope }: { readonly kind: string; readonly scope: string | undefined },
): boolean {
  const descriptor = { name: kind, ...(scope !== undefined && { [SCOPES[kind]!]: scope }) };
  try {
    return Deno.permissions.querySync(descriptor as Deno.PermissionDescriptor).state === "granted";
  } catch {
    return false; // An invalid host or path, which no permission can name.
  }
}
