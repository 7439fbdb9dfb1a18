/** The terminal: log lines, status line and keys. The only file that uses the console. */

import { type Clock, systemClock } from "../system/clock.ts";
import { deadline } from "../system/deadline.ts";
import { describe, exitCode } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { keyAction, type Reader, readLines } from "./key_lines.ts";
import type { Sentences } from "../locale/mod.ts";
import { Output, type Writer } from "./output.ts";
import { renderFigures, renderStatus, type Status } from "./status.ts";
import { StatusLine } from "./status_line.ts";

/** Talks with the person. Nothing here throws or waits for a slow terminal. */
export interface Terminal {
  /** Shows an event, one or more lines; not with `--quiet`. */
  log(text: string): void;
  /** Shows details, with `--verbose` only. */
  detail(text: string): void;
  /** Shows an error, always. */
  error(text: string): void;
  /** Updates the status, about twice a second; redraws the status line if there is one. */
  status(status: Status): void;
  /**
   * Answers the keys until `q` is typed (true), or input ends or `signal` is aborted (false).
   */
  keys(reader: Reader, signal: AbortSignal): Promise<boolean>;
  /** Removes the status line; resolves when all is written, or the terminal accepts nothing. */
  close(): Promise<void>;
}

/** Options of {@linkcode createTerminal}. */
export interface TerminalOptions {
  /** Only errors, and answers to keys, are shown. @default {false} */
  readonly quiet?: boolean;
  /** Details are shown. @default {false} */
  readonly verbose?: boolean;
  /** Whether it is a terminal, on which a status line can be redrawn. @default {false} */
  readonly tty?: boolean;
  /** Whether keys come from the same terminal, so that a prompt makes sense. @default {tty} */
  readonly prompt?: boolean;
  /** Whether colors are shown. @default {false} */
  readonly color?: boolean;
  /** Columns of the terminal at this moment. @default {() => 80} */
  readonly columns?: () => number;
  /** @default {systemClock} */
  readonly clock?: Pick<Clock, "monotonic" | "sleep">;
}

/** Without a status line, `--verbose` shows the figures this often, in milliseconds. */
const FIGURES_EVERY_MS = 30_000;

/** Longest wait at the end for a terminal that accepts nothing, in milliseconds. */
const CLOSE_MS = 2_000;

const PAINT = { error: "31", reconnecting: "33", stalled: "31", connected: "2" } as const;

/** A terminal that writes to `writer`. */
export function createTerminal(
  writer: Writer,
  t: Sentences,
  {
    quiet = false,
    verbose = false,
    tty = false,
    prompt = tty,
    color = false,
    columns = () => 80,
    clock = systemClock,
  }: TerminalOptions = {},
): Terminal {
  const out = new Output(writer);
  const block = tty && !quiet ? new StatusLine(prompt ? t.prompt : "") : undefined;
  let last: Status | undefined;
  let shownAt = clock.monotonic();
  let closed = false;
  let skipped = false;

  const paint = (kind: keyof typeof PAINT) => (text: string) =>
    color ? `\x1b[${PAINT[kind]}m${text}\x1b[0m` : text;

  function show(text: string, painted?: (row: string) => string): void {
    // Mark the place where a stopped terminal lost lines.
    const lines = [...(skipped ? ["…"] : []), ...text.split("\n").map(escapeForTerminal)];
    const taken = out.write(
      lines.map((line) =>
        block ? block.above(line, columns(), painted) : `${painted ? painted(line) : line}\n`
      ).join(""),
    );
    skipped = !taken;
  }

  function redraw(): void {
    if (!block || !last || closed) return;
    out.write(block.draw(paint(last.state)(renderStatus(last, t, columns() - 1))));
  }

  function answer(line: string): boolean {
    const action = keyAction(line);
    if (block && prompt) out.write(action === "quit" ? block.answered() : block.entered());
    if (action === "quit") closed = true;
    else if (action === "figures" && last) show(renderFigures(last, t).join("\n"));
    else if (action === "keys") show(t.keys.join("\n"));
    else if (action === "unknown") show(t.unknownKey(escapeForTerminal(line)));
    return action === "quit";
  }

  return {
    log(text) {
      if (!quiet) show(text);
    },
    detail(text) {
      if (verbose) show(text);
    },
    error(text) {
      show(text, paint("error"));
    },
    status(status) {
      last = status;
      if (block) {
        // Skip redraws while the terminal accepts nothing.
        if (out.idle) redraw();
        return;
      }
      if (!verbose || clock.monotonic() - shownAt < FIGURES_EVERY_MS) return;
      shownAt = clock.monotonic();
      show(renderStatus(status, t, Infinity));
    },
    async keys(reader, signal) {
      for await (const line of readLines(reader, signal)) {
        if (answer(line)) return true;
        redraw();
      }
      return false;
    },
    async close() {
      closed = true;
      if (block) out.write(block.erase());
      // After Ctrl+S, or behind a reader that has stopped, the rest may never leave: the program
      // that was asked to end must end all the same.
      await deadline(out.flush(), CLOSE_MS, clock).catch(() => {});
    },
  };
}

/**
 * The terminal the program was started in: talk goes to standard error.
 *
 * @param env Reads one environment variable (`NO_COLOR`, `TERM`).
 */
export function openTerminal(
  t: Sentences,
  env: (name: string) => string | undefined,
  options: Pick<TerminalOptions, "quiet" | "verbose"> = {},
): Terminal {
  const tty = Deno.stderr.isTerminal() && env("TERM") !== "dumb";
  return createTerminal(Deno.stderr, t, {
    ...options,
    tty,
    prompt: tty && Deno.stdin.isTerminal(),
    color: tty && !env("NO_COLOR"),
    columns: terminalColumns,
  });
}

/** Prints the error that ends the program; returns its exit code. */
export async function sayFailure(
  error: unknown,
  t: Sentences,
  env: (name: string) => string | undefined,
): Promise<number> {
  const terminal = openTerminal(t, env);
  terminal.error(describe(error, t));
  await terminal.close();
  return exitCode(error);
}

/** Writes requested text (`--help`, `--version`) to standard output; ignores a closed pipe. */
export async function print(text: string): Promise<void> {
  const out = new Output(Deno.stdout);
  out.write(`${text}\n`);
  await out.flush();
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80; // None of our streams is a terminal.
  }
}
