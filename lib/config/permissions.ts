/** What Deno lets the program do, found out without ever making Deno ask. */

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
 * Runs `body` once it is known that it may do all that `asked` makes it do: a permission that is
 * missing later would stop the program in the middle of a recording.
 *
 * @throws {UsageError} A permission is missing: which, and the command that gives all of them. So
 * it is where one that the table does not know turns out to be missing. Whatever `body` throws.
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

/** The error that names the permission which `error` is about; `error` where it is about none. */
export function permissionError<Asked>(
  features: readonly Feature<Asked>[],
  asked: Asked,
  error: unknown,
): unknown {
  const missing = missingPermission(error);
  if (missing === undefined) return error;
  const { kind, scope } = missing;
  const isPath = scope !== undefined && (kind === "read" || kind === "write");
  // Where a link leads: the files beside it are needed next.
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
  const isBare = !/[\\/]/.test(output) && !/^[a-z]:/i.test(output);
  const mayWrite = (scope: string) => isGranted({ kind: "write", scope });
  return isBare && !mayWrite(".") && mayWrite(FOLDER) ? `${FOLDER}/${output}` : output;
}

/**
 * Makes sure that the settings file may be read.
 *
 * @throws {UsageError} It may not. What is in it is not known then: the command in the error gives
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
  /** Nobody can add a permission to a compiled program. @default {as this process was} */
  readonly started?: Started | "compiled";
}

/** The error for permissions that are missing, with the command that gives all that are used. */
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
