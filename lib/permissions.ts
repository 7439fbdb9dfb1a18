/** What Deno lets the program do, found out without ever making Deno ask. */

import { dirname } from "node:path";
import process from "node:process";
import { hostPort } from "./address.ts";
import type { Config } from "./config.ts";
import { UsageError } from "./errors.ts";
import { escapeForTerminal } from "./escape.ts";

/** Value of an environment variable; unset where Deno was not given it. */
export function readEnv(variable: string): string | undefined {
  return granted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}

/** This machine's name, where Deno was given it. */
export function hostname(): string | undefined {
  return granted({ name: "sys", kind: "hostname" }) ? Deno.hostname() : undefined;
}

/**
 * Asks for everything a recording needs before anything is opened: a permission that is missing
 * later would stop the program with a prompt in the middle of a recording.
 *
 * @throws {UsageError} Names the flag that is missing.
 */
export function checkPermissions(config: Config): void {
  const address = hostPort(config);
  need({ name: "net", host: address }, `--allow-net=${address}`);
  checkFolder(dirname(config.output), true);
  const { passwordFile, tls: { cafile, cert, key, keyPasswordFile } } = config;
  for (const path of [passwordFile, cafile, cert, key, keyPasswordFile]) {
    if (path !== undefined) checkFile(path);
  }
}

/**
 * Asks for reading one file.
 *
 * @throws {UsageError} Names the flag that is missing.
 */
export function checkFile(path: string): void {
  need({ name: "read", path }, `--allow-read=${escapeForTerminal(path)}`);
}

/**
 * Asks for reading, and if need be writing, the files of a folder.
 *
 * @throws {UsageError} Names the flag that is missing.
 */
export function checkFolder(folder: string, write: boolean): void {
  need({ name: "read", path: folder }, `--allow-read=${folder}`);
  if (write) need({ name: "write", path: folder }, `--allow-write=${folder}`);
}

function need(descriptor: Deno.PermissionDescriptor, flag: string): void {
  if (!granted(descriptor)) throw new UsageError((t) => t.noPermission(flag));
}

/**
 * Loads a module with an empty environment in the place of the real one. npm:mqtt and npm:aedes
 * read theirs while they load (`debug` all of it, `readable-stream` one variable): this way they
 * need no permission for it, and no variable changes what they print on our terminal.
 */
export async function withoutEnv<T>(load: () => Promise<T>): Promise<T> {
  const env = Object.getOwnPropertyDescriptor(process, "env")!;
  Object.defineProperty(process, "env", { value: {}, configurable: true });
  try {
    return await load();
  } finally {
    Object.defineProperty(process, "env", env);
  }
}

function granted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
