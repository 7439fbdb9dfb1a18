/** Ends a recording when the process that started it ends, if that can be noticed. */

import type { Sentences } from "../locale/mod.ts";
import { systemClock } from "../system/clock.ts";
import { type Launcher, launcherEnded } from "../system/launcher.ts";
import { hasTerminal } from "../system/own_terminal.ts";
import type { Stop } from "../system/stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

/**
 * Watches `deno task` until the recording ends. The end of npm above it shows only at a terminal:
 * without one it prints a line.
 */
export async function watchLauncher(
  { npm }: Launcher,
  terminal: Terminal,
  t: Sentences,
  stop: Stop,
): Promise<void> {
  if (npm !== undefined && !hasTerminal()) {
    terminal.log(t.throughNpm(npm === "npx" ? "npx" : "npm"));
  }
  if (!await launcherEnded(systemClock, stop.signal)) return;
  terminal.log(t.launcherEnded);
  stop.request();
}
