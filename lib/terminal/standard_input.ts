/** Standard input: whether it is ours to read, and how a terminal differs from a pipe. */

import { fstatSync } from "node:fs";
import type { Clock } from "../system/clock.ts";
import { isControllingTerminal } from "../system/own_terminal.ts";
import type { Reader } from "./key_lines.ts";

/** A person's keyboard, lines from a program, or nothing that is ours to read. */
export type InputKind = "terminal" | "pipe" | "none";

/** The part of `Deno.stdin` that is used. */
export interface Keyboard extends Reader {
  isTerminal(): boolean;
  setRaw(raw: boolean, options?: { cbreak: boolean }): void;
}

/** What standard input is at this moment. */
export function inputKind(): InputKind {
  if (Deno.stdin.isTerminal()) return isControllingTerminal() ? "terminal" : "none";
  try {
    const stat = fstatSync(0);
    // A file may be what a loop of the shell reads its lines from; a device never ends, or is null.
    return stat.isFile() || stat.isCharacterDevice() || stat.isBlockDevice() || stat.isDirectory()
      ? "none"
      : "pipe";
  } catch {
    return "none"; // It is closed.
  }
}

/** Lines for the program, from where `kind` says. */
export function keysOf(kind: InputKind, clock: Pick<Clock, "sleep">): Reader {
  if (kind === "terminal") return new TerminalKeys(Deno.stdin, clock);
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
      if (this.#gone) return null;
      await this.#clock.sleep(AGAIN_MS);
    }
  }

  /** Takes what was pasted behind the last line, which the shell would run after our end. */
  async discard(): Promise<void> {
    // A line that is not complete can be read without line mode only.
    const lineMode = Deno.build.os === "windows";
    try {
      if (!lineMode) this.#terminal.setRaw(true, { cbreak: true });
      try {
        const into = new Uint8Array(4_096);
        for (let more = true; more;) {
          const late = new AbortController();
          const quiet = this.#clock.sleep(PASTED_MS, late.signal).then(() => null);
          more = await Promise.race([this.#terminal.read(into), quiet]) !== null;
          late.abort();
        }
      } finally {
        if (!lineMode) this.#terminal.setRaw(false);
      }
    } catch {
      // A terminal that is gone gives nothing to the shell either.
    }
  }
}
