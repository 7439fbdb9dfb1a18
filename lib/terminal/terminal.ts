/** The terminal: log lines, status line and keys. */

import { systemClock } from "../system/clock.ts";
import { deadline } from "../system/deadline.ts";
import { Cancelled, describe, exitCode } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { KeyAnswers } from "./key_answers.ts";
import { type Key, keyAction, markText, type Reader, readTyped } from "./key_lines.ts";
import type { Sentences } from "../locale/mod.ts";
import { consoleSize, onResize, outputColumns } from "./console.ts";
import { Output, type Writer } from "./output.ts";
import type { InputKind } from "./standard_input.ts";
import { renderFigures, renderStatus, type Status } from "./status.ts";
import { StatusLine } from "./status_line.ts";
import { TableMode } from "./table_mode.ts";
import type { Terminal, TerminalOptions } from "./terminal_options.ts";
import { shorten, wrapWords } from "../text/width.ts";

export type { Terminal, TerminalOptions } from "./terminal_options.ts";

/** Interval of the figures with `--verbose` and without a status line, in milliseconds. */
const FIGURES_EVERY_MS = 30_000;

/** Lines in faster succession were pasted, not typed, in milliseconds. */
const PASTE_MS = 200;
/** Longest wait in `close()` for a terminal that accepts nothing, in milliseconds. */
const CLOSE_MS = 2_000;
/** Messages beyond this many characters that wait for the terminal are left out. */
const MAX_WAITING_LINES = 1 << 16;
/** Columns of an unknown line that are shown. */
const MAX_SHOWN_LINE = 60;

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
    rows = () => 24,
    onResize = () => () => {},
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
  /** What is typed is still read from it: the shell would run what is left. */
  let quitIn: Reader | undefined;
  let table: TableMode | undefined;
  let unwatch = () => {};

  const paint = (kind: keyof typeof PAINT) => (text: string) =>
    color ? `\x1b[${PAINT[kind]}m${text}\x1b[0m` : text;

  function show(text: string, painted?: (row: string) => string): void {
    if (table) {
      table.hold(escapeForTerminal(text.split("\n")[0]!), () => show(text, painted));
      return redraw();
    }
    // `…` marks lines that a stopped terminal lost.
    const lines = [...(skipped ? ["…"] : []), ...text.split("\n").map(escapeForTerminal)];
    // A command stays one line, so that it can be copied.
    const isWhole = (line: string) => columns() === 0 || line.startsWith(t.run);
    const wrapped = lines.flatMap((line) => isWhole(line) ? [line] : wrapWords(line, columns()));
    const taken = out.write(
      wrapped.map((line) =>
        block ? block.above(line, columns() || 80, painted) : `${painted ? painted(line) : line}\n`
      ).join(""),
    );
    skipped = !taken;
  }

  function redraw(): void {
    // A terminal without columns is one that nobody looks at, such as a container's.
    if (!block || !last || closed || columns() === 0) return;
    const line = paint(last.state)(renderStatus(last, t, columns() - 1));
    if (table) table.draw(line);
    else out.write(block.draw(line));
  }

  function answer(line: string, answers: KeyAnswers | undefined, reader: Reader): boolean {
    const action = keyAction(line);
    if (block && prompt) out.write(action === "quit" ? block.answered() : block.entered());
    if (action === "quit") closed = true;
    else if (action === "figures" && last) {
      show(renderFigures(last, t, answers?.figures()).join("\n"));
    } else if (action === "keys") show(t.keys.join("\n"));
    else if (action === "table" && answers) openTable(answers, reader);
    else if (action === "mark" && answers) answers.mark(markText(line));
    else if (action === "look" && answers) answers.look();
    else if (action !== "nothing" && action !== "figures") sayUnknown(line);
    return action === "quit";
  }

  function openTable({ table: source }: KeyAnswers, reader: Reader): void {
    if (!block || !prompt || columns() === 0) return show(t.live.table.nowhere);
    const size = () => ({ columns: columns(), rows: rows() });
    const write = (text: string) => void out.write(text);
    table = new TableMode(source, t, reader, { write, size, monotonic: () => clock.monotonic() });
    unwatch = onResize(() => {
      if (out.idle) redraw();
    });
  }

  function closeTable(): void {
    const left = table;
    if (left === undefined) return;
    unwatch();
    left.leave();
    table = undefined;
    for (const showHeld of left.held) showHeld();
  }

  /** Answers what is typed while the table is shown; returns whether to quit. */
  function answerInTable(typed: string | Key, answers: KeyAnswers, reader: Reader): boolean {
    const { mark, leaves, line } = table!.answer(typed);
    if (mark !== undefined) answers.mark(mark);
    if (leaves) closeTable();
    return line !== undefined && answer(line, answers, reader);
  }

  /** Says it once of a text that was pasted. */
  function sayUnknown(line: string): void {
    const pasted = clock.monotonic() - unknownAt < PASTE_MS;
    unknownAt = clock.monotonic();
    if (!pasted) show(t.unknownKey(shorten(escapeForTerminal(line), MAX_SHOWN_LINE)));
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
    line(text) {
      if (!block || table || out.waiting > MAX_WAITING_LINES) return false;
      return out.write(block.above(text, columns() || 80));
    },
    get interactive() {
      return block !== undefined;
    },
    async keys(reader, signal, answersNow = () => undefined) {
      for await (const typed of readTyped(reader, signal, () => table?.raw === true)) {
        const answers = answersNow();
        const quits = table && answers
          ? answerInTable(typed, answers, reader)
          : typeof typed === "string" && answer(typed, answers, reader);
        if (quits) {
          quitIn = reader;
          closeTable();
          return true;
        }
        redraw();
      }
      closeTable();
      if (reader.suspended) leave(answersNow() ? t.keysLeft : t.keysLeftWaiting);
      if (reader.gone) leave(t.launcherEnded);
      return reader.gone === true;
    },
    async close() {
      closed = true;
      closeTable();
      if (block) out.write(block.erase());
      await quitIn?.discard?.();
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
    columns: tty ? () => consoleSize().columns : () => 0,
    rows: () => consoleSize().rows,
    onResize,
  });
}

/** Prints the error that ends the program; returns its exit code. */
export async function sayFailure(
  error: unknown,
  t: Sentences,
  env: (name: string) => string | undefined,
): Promise<number> {
  const terminal = openTerminal(t, env);
  // A wanted end is no failure to be painted.
  (error instanceof Cancelled ? terminal.log : terminal.error)(describe(error, t));
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
