/**
 * What started the program, as far as its task tells. Deno lets the program see neither its
 * process group nor its parents' parents, but `deno task` may: deno.json's tasks hand it over.
 */

import type { Clock } from "./clock.ts";

/** Set by the tasks: `task:<npm's name of the script>:<a line of /proc/PID/stat>`. */
const VARIABLE = "MQTTREC_LAUNCHER";

/** Between two looks whether the launcher is still there, in milliseconds. */
const LOOK_MS = 1_000;

/** How `deno task` was started. */
export interface Launcher {
  /** `npx`, or the name of npm's script; undefined without npm. */
  readonly npm: string | undefined;
  /** Whether another program was in front of its terminal; undefined where the system does not say. */
  readonly background: boolean | undefined;
}

/**
 * The launcher; undefined where none of deno.json's tasks started us.
 *
 * @param env Value of an environment variable.
 */
export function readLauncher(env: (name: string) => string | undefined): Launcher | undefined {
  const [, npm, stat] = /^task:(.*?):(\d+ \(.*)?$/s.exec(env(VARIABLE) ?? "") ?? [];
  if (npm === undefined) return undefined;
  // The name of the program stands in parentheses and may hold anything (proc_pid_stat(5)).
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, , group, , terminal, front] = fields ?? [];
  return {
    npm: npm || undefined,
    background: front === undefined ? undefined : terminal !== "0" && group !== front,
  };
}

/**
 * Resolves with true once the process that started us has ended, with false when `signal` aborts.
 * Only a task is our parent until the end; a shell may leave us behind on purpose.
 */
export async function launcherEnded(
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
  parent: () => number = () => Deno.ppid,
): Promise<boolean> {
  for (const launcher = parent(); parent() === launcher;) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return false;
  }
  return true;
}
