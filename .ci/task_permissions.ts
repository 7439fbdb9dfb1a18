/** What the tasks of deno.json let the program do. */

import config from "../deno.json" with { type: "json" };

/** Deno's flags in the command of a task that runs the program, as Deno sees them. */
export function taskPermissions(task: "start" | "simulate" | "verify"): string[] {
  const [deno] = config.tasks[task].command.split(" main.ts");
  return deno!
    .replaceAll("'", "") // They keep the shell from taking a variable's * for file names.
    .split(" ")
    .filter((word) => word.startsWith("--"));
}
