/** The terminal: log lines, status line and keys. The only file that uses the console. */

import { type Clock, systemClock } from "../system/clock.ts";
import { deadline } from "../system/deadline.ts";
import { describe, exitCode } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { keyAction, type Reader, readLines } from "./key_lines.ts";
import type { Sentences } from "../locale/mod.ts";
import { Output, type Writer } from "./output.ts";
import type { InputKind } from "./standard_input.ts";
import { renderFigures, renderStatus, type Status } from "./status.ts";
import { StatusLine } from "./status_line.ts";
import { wrapWords } from "../text/width.ts";

/** Shows messages and reads keys. Never throws, and never waits for a slow terminal. */
export interface Terminal {
  /** Shows one or more lines; not with `--quiet`. */
  log(text: string): void;
  /** Shows details, with `--verbose` only. */
  detail(text: string): void;
  /** Shows an error, always. */
  error(text: string): void;
  /** Updates the status, about twice a second; redraws the status line if there is one. */
  status(status: Status): void;
  /**
   * Answers keys. Returns true after `q` and when the terminal is gone, and false when input ends or
   * `signal` aborts.
   */
  keys(reader: Reader, signal: AbortSignal): Promise<boolean>;
  /** Removes the status line; resolves when all is written, or after a few seconds. */
  close(): Promise<void>;
}

/** Options of {@linkcode createTerminal}. */
export interface TerminalOptions {
  /** Shows only errors and answers to keys. @default {false} */
  readonly quiet?: boolean;
  /** Shows details. @default {false} */
  readonly verbose?: boolean;
  /** Whether the writer is a terminal, which can show a status line. @default {false} */
  readonly tty?: boolean;
  /** Whether keys come from the same terminal, which then shows a prompt. @default {tty} */
  readonly prompt?: boolean;
  /** Uses colors. @default {false} */
  readonly color?: boolean;
  /** Present width of the terminal, 0 where it has none. @default {80 with `tty`, else 0} */
  readonly columns?: () => number;
  /** @default {systemClock} */
  readonly clock?: Pick<Clock, "monotonic" | "sleep">;
}

/** Interval of the figures with `--verbose` and without a status line, in milliseconds. */
const FIGURES_EVERY_MS = 30_000;

/** Lines in faster succession were pasted, not typed, in milliseconds. */
const PASTE_MS = 200;

/** Longest wait in `close()` for a terminal that accepts nothing, in milliseconds. */
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
    columns = () => tty ? 80 : 0,
    clock = systemClock,
  }: TerminalOptions = {},
): Terminal {
  const out = new Output(writer);
  let block = tty && !quiet ? new StatusLine(prompt ? t.prompt : "") : undefined;
  let last: Status | undefined;
  let shownAt = clock.monotonic();
  let closed = false;
  let skipped = false;
  let unknownAt = -Infinity;
  let discarded: Promise<void> | undefined;

  const paint = (kind: keyof typeof PAINT) => (text: string) =>
    color ? `\x1b[${PAINT[kind]}m${text}\x1b[0m` : text;

  function show(text: string, painted?: (row: string) => string): void {
    // `…` marks lines that a stopped terminal lost.
    const lines = [...(skipped ? ["…"] : []), ...text.split("\n").map(escapeForTerminal)];
    // A command stays one line, so that it can be copied.
    const isWhole = (line: string) => columns() === 0 || line.startsWith(t.run);
    const rows = lines.flatMap((line) => isWhole(line) ? [line] : wrapWords(line, columns()));
    const taken = out.write(
      rows.map((line) =>
        block ? block.above(line, columns() || 80, painted) : `${painted ? painted(line) : line}\n`
      ).join(""),
    );
    skipped = !taken;
  }

  function redraw(): void {
    // A terminal without columns is one that nobody looks at, such as a container's.
    if (!block || !last || closed || columns() === 0) return;
    out.write(block.draw(paint(last.state)(renderStatus(last, t, columns() - 1))));
  }

  function answer(line: string): boolean {
    const action = keyAction(line);
    if (block && prompt) out.write(action === "quit" ? block.answered() : block.entered());
    if (action === "quit") closed = true;
    else if (action === "figures" && last) show(renderFigures(last, t).join("\n"));
    else if (action === "keys") show(t.keys.join("\n"));
    else if (action === "unknown") sayUnknown(line);
    return action === "quit";
  }

  /** Says it once of a text that was pasted. */
  function sayUnknown(line: string): void {
    const pasted = clock.monotonic() - unknownAt < PASTE_MS;
    unknownAt = clock.monotonic();
    if (!pasted) show(t.unknownKey(escapeForTerminal(line)));
  }

  /** The terminal may be a shell's by now: nothing is drawn, nothing erased any more. */
  function leave(why: string): void {
    block = undefined;
    if (!quiet) show(why);
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
        if (answer(line)) {
          discarded = reader.discard?.();
          return true;
        }
        redraw();
      }
      if (reader.suspended) leave(t.keysLeft);
      if (reader.gone) leave(t.launcherEnded);
      return reader.gone === true;
    },
    async close() {
      closed = true;
      if (block) out.write(block.erase());
      await discarded;
      // After Ctrl+S, or with a stopped reader, the text may never be written, but the program must
      // end all the same.
      await deadline(out.flush(), CLOSE_MS, clock).catch(() => {});
    },
  };
}

/**
 * The terminal of the process; it writes to standard error. Without an input of its own it may
 * be in the background: no status line is drawn over the prompt of a shell.
 *
 * @param env Reads one environment variable (`NO_COLOR`, `TERM`).
 * @param input Where keys come from. @default {none}
 */
export function openTerminal(
  t: Sentences,
  env: (name: string) => string | undefined,
  { input = "none", ...options }:
    & Pick<TerminalOptions, "quiet" | "verbose">
    & { readonly input?: InputKind } = {},
): Terminal {
  const tty = Deno.stderr.isTerminal() && env("TERM") !== "dumb";
  return createTerminal(Deno.stderr, t, {
    ...options,
    tty: tty && input !== "none",
    prompt: input === "terminal",
    color: tty && !env("NO_COLOR"),
    columns: tty ? terminalColumns : () => 0,
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
  const columns = outputColumns() ?? 0;
  const rows = text.split("\n").flatMap((line) => columns > 0 ? wrapWords(line, columns) : line);
  out.write(`${rows.join("\n")}\n`);
  await out.flush();
}

/** Width of the terminal that standard output is; undefined if it is none. */
export function outputColumns(): number | undefined {
  return Deno.stdout.isTerminal() ? terminalColumns() || undefined : undefined;
}

/** Width of the terminal, in characters. */
export function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // None of our streams is a terminal.
  }
}
