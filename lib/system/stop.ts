/** Turns every request to end a recording into one abort signal. */

import type { Clock } from "./clock.ts";
import { Cancelled } from "../locale/errors.ts";

/** SIGHUP: the terminal was closed. Windows knows Ctrl+C, Ctrl+Break and the closed window. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK", "SIGHUP"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Number of signals that kill the program, because a hanging disk must not hold it for ever. */
const PATIENCE = 3;

/** Aborts on a signal of the system, after a time, or on request. */
export class Stop implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: readonly (readonly [Deno.Signal, () => void])[];
  #asked = 0;

  constructor() {
    const onSignal = () => {
      // Without a listener the next signal has the system's effect: it kills.
      if (++this.#asked === PATIENCE - 1) this.#unlisten();
      this.request();
    };
    this.#listeners = SIGNALS.map((name) => {
      Deno.addSignalListener(name, onSignal);
      return [name, onSignal] as const;
    });
  }

  /** Aborted once the recording is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Asks for the end after `durationMs` milliseconds; never when it is undefined. */
  after(durationMs: number | undefined, clock: Clock): void {
    if (durationMs === undefined) return;
    void clock.sleep(durationMs, this.signal).then(() => this.request());
  }

  /** Asks for the end. */
  request(): void {
    this.#controller.abort(new Cancelled());
  }

  #unlisten(): void {
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
  }

  [Symbol.dispose](): void {
    this.#unlisten();
    this.request();
  }
}
