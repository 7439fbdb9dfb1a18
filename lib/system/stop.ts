/** Turns every request to stop a recording into one abort signal. */

import type { Clock } from "./clock.ts";
import { Cancelled } from "../locale/errors.ts";
import { hasTerminal } from "./own_terminal.ts";

/**
 * SIGHUP: the terminal was closed. Windows has Ctrl+C and Ctrl+Break; of a closed window it tells us
 * too, but Deno's process is at its end before a listener runs.
 */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK", "SIGHUP"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** A launcher may pass on a Ctrl+C that the terminal has sent to us too. */
const SAME_MS = 500;

/** The third signal kills the program, because a hanging disk must not hold it for ever. */
const KILLING_SIGNAL = 3;

/** Aborts on a signal of the system, after a duration, or on request. */
export class Stop implements Disposable {
  readonly #controller = new AbortController();
  readonly #insisting = new AbortController();
  readonly #listeners: readonly (readonly [Deno.Signal, () => void])[];
  #count = 0;
  /** When the last signal came that counts, on the monotonic clock. */
  #since = 0;
  #terminated = false;
  #interrupted = false;

  /**
   * @param terminal Whether SIGHUP says that our terminal was closed; without one it is ignored, as
   * `nohup` means it, whose effect Deno undoes. @default {whether a standard stream is a terminal}
   * @param monotonic Milliseconds of a clock that is never set. @default {the system's}
   */
  constructor({
    terminal = Deno.build.os === "windows" || hasTerminal(),
    monotonic = () => performance.now(),
  } = {}) {
    const onSignal = (name: Deno.Signal) => {
      if (name === "SIGHUP" && !terminal) return;
      this.#terminated ||= name === "SIGTERM";
      this.#interrupted ||= name === "SIGINT";
      const now = monotonic();
      if (this.#count === 1 && now - this.#since <= SAME_MS) return;
      // Without a listener the next signal kills the process.
      if (++this.#count === KILLING_SIGNAL - 1) this.#unlisten();
      this.#since = now;
      if (this.signal.aborted) this.insist();
      this.request();
    };
    this.#listeners = SIGNALS.map((name) => {
      const listener = () => onSignal(name);
      Deno.addSignalListener(name, listener);
      return [name, listener] as const;
    });
  }

  /** Aborts when the recording must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts when whoever asked for the end asks again: what can wait is left to the next start. */
  get insisted(): AbortSignal {
    return this.#insisting.signal;
  }

  /** Whether SIGTERM came, as from a supervisor, which often starts the program again. */
  get terminated(): boolean {
    return this.#terminated;
  }

  /**
   * Whether Ctrl+C came. In `mqttrec | while read …` it ends the loop at once, and the shell takes the
   * terminal back before we are at our end: who reads it then is stopped.
   */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Aborts after `durationMs` milliseconds; never if it is undefined. */
  after(durationMs: number | undefined, clock: Clock): void {
    if (durationMs === undefined) return;
    void clock.sleep(durationMs, this.signal).then(() => this.request());
  }

  /** Aborts now. */
  request(): void {
    this.#controller.abort(new Cancelled());
  }

  /** Ends at once also what could be finished before the end. */
  insist(): void {
    this.#insisting.abort(new Cancelled());
  }

  #unlisten(): void {
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
  }

  [Symbol.dispose](): void {
    // After a signal the program is at its end, and another one must not change its exit code.
    if (this.#count === 0) this.#unlisten();
    this.request();
  }
}

/** Exits. A signal that comes meanwhile changes nothing: the code is that of what was done. */
export function exit(code: number): never {
  for (const name of SIGNALS) Deno.addSignalListener(name, () => {});
  Deno.exit(code);
}
