/** The environment, as far as Deno lets the program see it, without ever making Deno ask. */

import process from "node:process";

/** Value of an environment variable; unset where Deno was not given it. */
export function readEnv(variable: string): string | undefined {
  return isGranted({ kind: "env", scope: variable }) ? Deno.env.get(variable) : undefined;
}

/** This machine's name, where Deno was given it. */
export function hostname(): string | undefined {
  return isGranted({ kind: "sys", scope: "hostname" }) ? Deno.hostname() : undefined;
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

/** By kind, how Deno calls what a permission is for. */
const SCOPES: Readonly<Record<string, string>> = {
  net: "host",
  read: "path",
  write: "path",
  env: "variable",
  sys: "kind",
};

/** Whether Deno was given a permission, found out without making it ask. */
export function isGranted(
  { kind, scope }: { readonly kind: string; readonly scope: string | undefined },
): boolean {
  const descriptor = { name: kind, ...(scope !== undefined && { [SCOPES[kind]!]: scope }) };
  try {
    return Deno.permissions.querySync(descriptor as Deno.PermissionDescriptor).state === "granted";
  } catch {
    return false; // Deno does not know such a host or path: it cannot have been given it.
  }
}
