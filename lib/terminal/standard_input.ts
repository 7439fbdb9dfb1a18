/** Standard input: whether it is ours to read, and how a terminal differs from a pipe. */

import { fstatSync } from "node:fs";
import type { Clock } from "../system/clock.ts";
import { isControllingTerminal } from "../system/own_terminal.ts";
import type { Reader } from "./key_lines.ts";
import type { Keyboard } from "./keyboard.ts";
import { openPolledInput, PolledTerminal } from "./polled_terminal.ts";

/** A person's keyboard, lines from a program, or nothing that is ours to read. */
export type InputKind = "terminal" | "pipe" | "none";

/**
 * What standard input is.
 *
 * @param background Whether another program is in front of our terminal, where that is known: a
 * read would stop us. @default {false}
 */
export function inputKind(background = false): InputKind {
  if (Deno.stdin.isTerminal()) {
    return isControllingTerminal() && !background ? "terminal" : "none";
  }
  try {
    const stat = fstatSync(0);
    // A file may be what a loop of the shell reads its lines from; a device never ends, or is null.
    return stat.isFile() || stat.isCharacterDevice() || stat.isBlockDevice() || stat.isDirectory()
      ? "none"
      : "pipe";
  } catch (error) {
    return unknownKind(error);
  }
}

/**
 * What an input is of which the system tells nothing: closed, or on Windows a pipe or NUL. Reading
 * NUL ends at once, which ends nothing else.
 */
export function unknownKind(error: unknown, windows = Deno.build.os === "windows"): InputKind {
  return windows && (error as { code?: unknown }).code !== "EBADF" ? "pipe" : "none";
}

/**
 * Lines for the program, from where `kind` says.
 *
 * @param options.goesOn Whether Ctrl+Z does not stop the program. @default {false}
 * @param options.interrupted Whether Ctrl+C was pressed: then a terminal is not read any more.
 * @param options.shared A keyboard that is read before and after. @default {none}
 */
export function keysOf(
  kind: InputKind,
  clock: Pick<Clock, "sleep" | "monotonic">,
  { goesOn = false, interrupted, shared }: {
    readonly goesOn?: boolean;
    readonly interrupted: () => boolean;
    readonly shared?: Keyboard | undefined;
  },
): Reader {
  if (kind === "terminal") {
    const polled = shared ? undefined : openPolledInput(goesOn, interrupted);
    const keyboard = polled ? new PolledTerminal(polled, Deno.stdin, clock) : Deno.stdin;
    return new TerminalKeys(shared ?? keyboard, clock);
  }
  return kind === "pipe" ? Deno.stdin : { read: () => Promise.resolve(null) };
}

/** Before a terminal is read again that said it is at its end, in milliseconds. */
const AGAIN_MS = 100;
/** What was pasted is all there; what comes later than this was typed for somebody else. */
const PASTED_MS = 100;

/** The keys of a terminal: Ctrl+D does not end them, its loss does. */
export class TerminalKeys implements Reader {
  readonly #terminal: Keyboard;
  readonly #clock: Pick<Clock, "sleep">;
  #gone = false;

  constructor(terminal: Keyboard, clock: Pick<Clock, "sleep">) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** Whether it was closed, or given to others when whoever started us ended. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Whether keys are left to others, who may be in front by now. */
  get suspended(): boolean {
    return this.#terminal.suspended === true;
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      try {
        const count = await this.#terminal.read(into);
        if (count !== null) return count;
      } catch {
        // Linux: EIO, also for a process group whose parents have all ended.
        this.#gone = true;
        return null;
      }
      this.#gone = !this.#terminal.isTerminal();
      if (this.#gone || this.suspended) return null;
      await this.#clock.sleep(AGAIN_MS);
    }
  }

  keysAtOnce(atOnce: boolean): boolean {
    // Windows has no raw mode in which Ctrl+C still ends the program. In the background the change
    // would stop us.
    if (Deno.build.os === "windows" || this.#gone || this.suspended) return false;
    try {
      this.#terminal.setRaw(atOnce, { cbreak: true });
      return true;
    } catch {
      return false;
    }
  }

  /** Takes what was pasted behind the last line, which the shell would run after our end. */
  async discard(): Promise<void> {
    // A line that is not complete can be read without line mode only.
    const stays = Deno.build.os === "windows";
    try {
      if (!stays) this.#terminal.setRaw(true, { cbreak: true });
      try {
        const into = new Uint8Array(4_096);
        for (let more = true; more;) {
          const late = new AbortController();
          const quiet = this.#clock.sleep(PASTED_MS, late.signal).then(() => null);
          more = await Promise.race([this.#terminal.read(into), quiet]) !== null;
          late.abort();
        }
      } finally {
        if (!stays) this.#terminal.setRaw(false);
      }
    } catch {
      // A terminal that is gone gives nothing to the shell either.
    } finally {
      this.#terminal.close?.();
    }
  }
}
