/**
 * A terminal that is looked at ten times a second. A read that waits inside the system would stop
 * us after Ctrl+Z and `bg`, and would take the next line from the shell after our launcher's end:
 * Deno cannot cancel it.
 */

import { constants, openSync, readSync } from "node:fs";
import type { Clock } from "../system/clock.ts";
import type { Keyboard } from "./keyboard.ts";

/** Between two looks, in milliseconds. */
const POLL_MS = 100;
/** A wait just before a look: one that takes much longer shows that we were stopped meanwhile. */
const RESUMED_MS = 10, STOPPED_MS = 60;

/** The system's part of a polled terminal. */
export interface PolledInput {
  /** What was typed: how many bytes, 0 after Ctrl+D, undefined for nothing. Throws when it is gone. */
  readNow(into: Uint8Array): number | undefined;
  /** Whether Ctrl+Z was pressed: we may be in the background now. */
  readonly continued: boolean;
  /** Whether Ctrl+C was pressed: the terminal may be the shell's again. */
  readonly interrupted: boolean;
}

/**
 * The controlling terminal; undefined where Deno may not open it, and on Windows.
 *
 * @param goesOn Whether Ctrl+Z does not stop us. `deno task` stays when its program stops: the
 * shell would not come back, and nothing be recorded.
 * @param interrupted Whether Ctrl+C was pressed.
 */
export function openPolledInput(
  goesOn: boolean,
  interrupted: () => boolean,
): PolledInput | undefined {
  if (Deno.build.os === "windows") return undefined;
  let terminal: number;
  try {
    terminal = openSync("/dev/tty", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  let continued = false;
  const onSignal = () => continued = true;
  Deno.addSignalListener("SIGCONT", onSignal);
  if (goesOn) Deno.addSignalListener("SIGTSTP", onSignal);
  return {
    readNow(into) {
      try {
        return readSync(terminal, into, 0, into.length, null);
      } catch (error) {
        if ((error as { code?: unknown }).code === "EAGAIN") return undefined;
        throw error;
      }
    },
    get continued() {
      return continued;
    },
    get interrupted() {
      return interrupted();
    },
  };
}

/** The keyboard behind a {@linkcode PolledInput}. */
export class PolledTerminal implements Keyboard {
  readonly #input: PolledInput;
  readonly #mode: Pick<Keyboard, "isTerminal" | "setRaw">;
  readonly #clock: Pick<Clock, "sleep" | "monotonic">;
  #closed = false;

  constructor(
    input: PolledInput,
    mode: Pick<Keyboard, "isTerminal" | "setRaw">,
    clock: Pick<Clock, "sleep" | "monotonic">,
  ) {
    this.#input = input;
    this.#mode = mode;
    this.#clock = clock;
  }

  get suspended(): boolean {
    return this.#input.continued;
  }

  isTerminal(): boolean {
    return this.#mode.isTerminal();
  }

  setRaw(raw: boolean, options?: { cbreak: boolean }): void {
    this.#mode.setRaw(raw, options);
  }

  close(): void {
    this.#closed = true;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (!this.#closed && !this.suspended && !this.#input.interrupted) {
      const count = this.#input.readNow(into);
      if (count !== undefined) return count || null;
      await this.#clock.sleep(POLL_MS);
      await this.#waitUntilResumed();
    }
    return null;
  }

  /** A look in the background would stop us: SIGCONT is heard first. */
  async #waitUntilResumed(): Promise<void> {
    for (let tookMs = Infinity; tookMs > STOPPED_MS;) {
      const before = this.#clock.monotonic();
      await this.#clock.sleep(RESUMED_MS);
      tookMs = this.#clock.monotonic() - before;
    }
  }
}
