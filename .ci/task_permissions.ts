/** What the tasks of deno.json, and a compiled program, let the program do. */

import config from "../deno.json" with { type: "json" };
import { DOUBLE_CLICK_VARIABLES } from "../lib/system/double_click.ts";

/** Deno's flags in the command of a task that runs the program, as Deno sees them. */
export function taskPermissions(task: "start" | "simulate" | "verify" | "export"): string[] {
  const [deno] = config.tasks[task].command.split(" main.ts");
  return deno!
    .replaceAll("'", "") // They keep the shell from taking a variable's * for file names.
    .split(" ")
    .filter((word) => word.startsWith("--"));
}

/**
 * Deno's flags for a compiled program. Reading and writing are widened from exports/ to any folder:
 * `--output` may name one, and nobody can add a permission to a compiled program. The variables that
 * tell a double click are added. There is still no way to run other programs, load libraries or read
 * any other variable of the environment.
 */
export function compiledPermissions(): string[] {
  return taskPermissions("start").map((flag) =>
    flag.replace(/^(--allow-(?:read|write))=.*/, "$1")
      .replace(/^--allow-env=.*/, (env) => [env, ...DOUBLE_CLICK_VARIABLES].join())
  );
}
