/** Runs a command in a terminal of 80 columns and types at its prompts. */

import { isInstalled } from "./program.ts";

/** Whether to skip the tests that need a terminal: Python provides it, except on Windows. */
export const withoutPty = Deno.build.os === "windows" || !await isInstalled("python3", ["-V"]);

/**
 * Arguments: steps in JSON, then the command. Prints the output of the terminal; exits as the
 * command.
 */
const PTY = `
import fcntl, json, os, pty, struct, sys, termios, time
steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
shown = b""
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        data = b""
    if not data:
        break
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    shown += data
    if steps and steps[0][0].encode() in shown:
        shown = b""
        # A question is on the screen a moment before its answer is hidden.
        time.sleep(0.2)
        os.write(terminal, (steps.pop(0)[1] + "\\n").encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** The text to wait for on the screen, and the line to type then. */
export type Step = readonly [shown: string, line: string];

/** Longest run of a command, in milliseconds. */
const MAX_MS = 60_000;

/** Runs `command` and types; returns its exit code and all output. */
export async function inTerminal(
  command: readonly string[],
  steps: readonly Step[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<{ code: number; screen: string }> {
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", PTY, JSON.stringify(steps), ...command],
    cwd,
    // `npx … task test` sets the last one for the tests.
    env: {
      ...{ LANG: "C", LC_ALL: "", LC_MESSAGES: "", TERM: "xterm", npm_lifecycle_event: "" },
      ...env,
    },
    signal: AbortSignal.timeout(MAX_MS),
  }).output();
  const text = new TextDecoder();
  return { code, screen: text.decode(stdout) + text.decode(stderr) };
}
