/** Starts the program as the README instructs users, in pipes or in a terminal. */

import { within } from "../faults/wait.ts";
import { type Running, startCommand } from "./program.ts";
import { Screen } from "./screen.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const TERMINAL = new URL("terminal.py", import.meta.url).pathname;
const ROWS = 24;
/** On a busy machine npx alone takes seconds. */
const PATIENCE_MS = 30_000;

/** The words before `task start`. */
const LAUNCHERS = {
  npx: [
    ...[Deno.build.os === "windows" ? "npx.cmd" : "npx", "--yes"],
    /npx --yes (deno@[\d.]+) task/.exec(README)![1]!,
  ],
  deno: [Deno.execPath()],
} as const;
export type Launcher = keyof typeof LAUNCHERS;

/** Tests use the cache of npx and ask no registry. */
const OFFLINE = { npm_config_offline: "true", npm_config_update_notifier: "false" };
/** `npx … task test` sets it for the tests; only npx may set it for what they start. */
const NOT_THROUGH_NPX = { npm_lifecycle_event: "" };

async function succeeds([command, ...args]: readonly string[]): Promise<boolean> {
  const options = { args, env: OFFLINE, stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    return (await new Deno.Command(command!, options).output()).success;
  } catch {
    return false;
  }
}

/**
 * Whether to skip the tests that need npx with Deno in its cache, or a terminal: never in CI (see
 * `withoutMosquitto`). Python provides the terminal, except on Windows.
 */
export const withoutNpx = !Deno.env.get("MQTTREC_REQUIRE_MOSQUITTO") &&
  !await succeeds([...LAUNCHERS.npx, "--version"]);
export const withoutTerminal = !Deno.env.get("MQTTREC_REQUIRE_MOSQUITTO") &&
  !await succeeds(["python3", "-c", "import pty"]);

export interface TaskOptions {
  /** A folder of `inCheckout`. */
  readonly checkout: string;
  /** @default {"deno"} */
  readonly launcher?: Launcher;
  /** Width of the terminal that it runs in. @default {none: its streams are pipes} */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A running task. Every wait, also for its end, fails after some seconds. Disposing of it kills
 * every process that it has started and that still runs.
 */
export interface RunningTask extends Running, AsyncDisposable {
  /** The present screen of its terminal; its standard error holds all that was shown. */
  readonly screen: Screen;
  /** Types a line once the terminal hides typed text, as at a prompt for a password. */
  typeHidden(line: string): Promise<void>;
  /** Sends a signal to the launcher and its children, as a supervisor does; in pipes only. */
  signal(name: Deno.Signal): void;
}

/** Starts `deno task --quiet <task> <flags>`. */
export function startTask(
  task: "start" | "simulate" | "verify" | "export",
  flags: readonly string[],
  { checkout, launcher = "deno", columns, env = {} }: TaskOptions,
): RunningTask {
  const screen = new Screen(ROWS, columns);
  const inTerminal = columns !== undefined;
  const command = [...LAUNCHERS[launcher], "task", "--quiet", task, ...flags];
  const terminal = inTerminal ? ["python3", TERMINAL, String(columns), String(ROWS)] : [];
  const running = startCommand([...terminal, ...command], {
    cwd: checkout,
    env: { TERM: "xterm", ...OFFLINE, ...NOT_THROUGH_NPX, ...env },
    stdin: inTerminal ? "piped" : "null",
    // The launcher may end before its children, so only the process group reaches all of them.
    detached: !inTerminal && Deno.build.os !== "windows",
    heard: (text) => screen.write(text),
  });
  let over = false;
  void running.ended.then(() => over = true);
  const signal = (name: Deno.Signal) => {
    if (inTerminal || Deno.build.os === "windows") running.child.kill(name);
    else Deno.kill(-running.child.pid, name);
  };
  return {
    ...running,
    screen,
    waitForOutput: (text) =>
      within(PATIENCE_MS, running.waitForOutput(text), `It does not print ${text}`),
    type: (line) => running.press(`${line}\r`),
    typeHidden: (line) => running.press(`\0${line}\r`),
    get ended() {
      return within(PATIENCE_MS, running.ended, `${screen.text}\nIt does not end`);
    },
    signal,
    async [Symbol.asyncDispose]() {
      // terminal.py kills the processes in its terminal.
      try {
        if (!over) signal(inTerminal ? "SIGTERM" : "SIGKILL");
      } catch { /* It has ended this very moment. */ }
      await running.ended;
    },
  };
}
