/** Prints recorded messages on standard output (`--print`). */

import type { Config } from "../config/config.ts";
import type { Sentences } from "../locale/mod.ts";
import { LineOutput } from "../live/line_output.ts";
import { Printer } from "../live/printer.ts";
import type { Batch } from "../message/batch.ts";
import type { Clock } from "../system/clock.ts";
import { deadline } from "../system/deadline.ts";
import type { Writer } from "../terminal/output.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Longest wait at the end for a reader that takes nothing, in milliseconds. */
const END_MS = 2_000;

/** Prints batches until it is disposed of, and tells what was left out. */
export class Printing implements AsyncDisposable {
  readonly #printer: Printer;
  readonly #output: LineOutput | undefined;
  readonly #t: Sentences;
  readonly #clock: Clock;
  readonly #terminal: Terminal;

  private constructor(
    printer: Printer,
    output: LineOutput | undefined,
    { t, clock, terminal }: { t: Sentences; clock: Clock; terminal: Terminal },
  ) {
    this.#printer = printer;
    this.#output = output;
    this.#t = t;
    this.#clock = clock;
    this.#terminal = terminal;
  }

  /**
   * Undefined without `--print`.
   *
   * @param stdout Standard output; its lines go above a status line on the same terminal.
   */
  static open(
    { print: format, properties }: Pick<Config, "print" | "properties">,
    parts: { t: Sentences; clock: Clock; terminal: Terminal },
    stdout: Writer & { isTerminal(): boolean } = Deno.stdout,
  ): Printing | undefined {
    if (format === undefined) return undefined;
    const { t, clock, terminal } = parts;
    const { printLate, printSome } = t.live;
    const onLate = () => terminal.log(stdout.isTerminal() ? printSome : printLate);
    const options = { format, properties, clock, onLate };
    if (stdout.isTerminal() && terminal.interactive) {
      return new Printing(new Printer(terminal, options), undefined, parts);
    }
    const output = new LineOutput(stdout);
    if (stdout.isTerminal()) {
      return new Printing(new Printer(linesOf(output), options), output, parts);
    }
    output.onGone = () => terminal.log(t.live.printClosed);
    return new Printing(new Printer(output, options), output, parts);
  }

  /** Prints recorded messages; a property, so that it can be passed as a function. */
  readonly print = (batch: Batch): void => this.#printer.print(batch);

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#output) await deadline(this.#output.flush(), END_MS, this.#clock).catch(() => {});
    const unwritten = this.#output?.waitingLines ?? 0;
    const leftOut = this.#printer.leftOut + unwritten, printed = this.#printer.printed - unwritten;
    if (leftOut > 0) this.#terminal.log(this.#t.live.printSummary(leftOut, printed));
  }
}

/** The lines of a terminal that has no status line of ours. */
function linesOf(output: LineOutput): { line(text: string): boolean } {
  const encoder = new TextEncoder();
  return {
    line(text) {
      const bytes = encoder.encode(`${text}\n`);
      if (!output.hasRoom(bytes.length)) return false;
      output.write(bytes, 1);
      return true;
    },
  };
}
