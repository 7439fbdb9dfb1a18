/** Checks the permissions that Deno grants, without ever prompting. */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { missingPermission, UsageError } from "../locale/errors.ts";
import { isGranted } from "../system/environment.ts";
import { escapeForTerminal } from "../text/escape.ts";
import {
  type Feature,
  type Permission,
  permissionFlags,
  permissionsOfAnyRecording,
} from "./permissions_table.ts";
import { runCommand, type Started } from "./run_command.ts";

/**
 * Runs `body` after checking that every permission `asked` needs is granted: one missing later
 * would end the program in the middle of a recording.
 *
 * @throws {UsageError} A permission is missing, now or while `body` runs; names it and the command
 * that grants all of them. Rethrows every other error of `body`.
 */
export async function withPermissions<Asked, T>(
  features: readonly Feature<Asked>[],
  asked: Asked,
  body: () => Promise<T>,
): Promise<T> {
  const missing = features.filter(({ optional }) => !optional)
    .flatMap((feature) => feature.permissions(asked))
    .filter((permission) => !isGranted(permission));
  if (missing.length > 0) throw notPermitted(missing, usedBy(features, asked));
  try {
    return await body();
  } catch (error) {
    throw permissionError(features, asked, error);
  }
}

/** The error that names the permission which `error` lacks; `error` itself if it lacks none. */
export function permissionError<Asked>(
  features: readonly Feature<Asked>[],
  asked: Asked,
  error: unknown,
): unknown {
  const missing = missingPermission(error);
  if (missing === undefined) return error;
  const { kind, scope } = missing;
  const isPath = scope !== undefined && (kind === "read" || kind === "write");
  // The target of a link; files beside it are needed next.
  const permission = isPath ? { kind, scope: dirname(scope) } : missing;
  return notPermitted([permission], [...usedBy(features, asked), permission], { cause: error });
}

function usedBy<Asked>(features: readonly Feature<Asked>[], asked: Asked): Permission[] {
  return features.flatMap((feature) => feature.permissions(asked));
}

/** The folder that the tasks of deno.json may write. */
const FOLDER = "exports";

/**
 * Where a recording goes: a bare name goes into exports/ where Deno may write there and not in the
 * folder that the program runs in, as under `deno task start`.
 */
export function permittedOutput(output: string): string {
  return permittedPath(output, "write");
}

/** Where a recording is read: the same for a bare name that Deno may read in exports/ only. */
export function permittedInput(operand: string): string {
  return operand === FOLDER ? operand : permittedPath(operand, "read");
}

function permittedPath(path: string, kind: "read" | "write"): string {
  const isBare = !/[\\/]/.test(path) && !/^[a-z]:/i.test(path);
  const may = (scope: string) => isGranted({ kind, scope });
  return isBare && !may(".") && may(FOLDER) ? `${FOLDER}/${path}` : path;
}

/**
 * Checks that the settings file may be read.
 *
 * @throws {UsageError} It may not. Its content is unknown then, so the command in the error grants
 * what any settings need.
 */
export function checkConfigFile(path: string): void {
  const permission = { kind: "read", scope: path };
  if (!isGranted(permission)) throw notPermitted([permission], permissionsOfAnyRecording());
}

/** How this process was started. */
function startedNow(): Started | "compiled" {
  if (Deno.build.standalone) return "compiled";
  return {
    argv: Deno.args,
    execPath: Deno.execPath(),
    version: Deno.version.deno,
    main: fileURLToPath(Deno.mainModule),
    cwd: Deno.cwd(),
    windows: Deno.build.os === "windows",
  };
}

/** Options of {@linkcode notPermitted}. */
export interface NotPermittedOptions extends ErrorOptions {
  /** A compiled program cannot be given more permissions. @default {as this process was} */
  readonly started?: Started | "compiled";
}

/** The error for missing permissions, with the command that grants all that are used. */
export function notPermitted(
  missing: readonly Permission[],
  used: readonly Permission[],
  { started = startedNow(), ...options }: NotPermittedOptions = {},
): UsageError {
  const flags = escapeForTerminal(permissionFlags(missing).join(" "));
  if (started === "compiled") return new UsageError((t) => t.notBuiltIn(flags), options);
  const command = escapeForTerminal(runCommand(permissionFlags(used), started));
  return new UsageError((t) => t.noPermission(flags, command), options);
}
