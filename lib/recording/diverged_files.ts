/** Which files of a recording are known to lack rows that another one has. */

import type { RecorderEvent } from "./recorder_events.ts";

/** Keeps track of it from the events of a recorder. */
export class DivergedFiles {
  readonly #extensions = new Set<string>();
  /** Paths of files that were begun anew since the last row. */
  readonly #begun = new Set<string>();
  readonly #count: number;

  /** @param count Number of files: one alone lacks nothing. */
  constructor(count: number) {
    this.#count = count;
  }

  /** Their extensions. */
  get list(): readonly string[] {
    return [...this.#extensions];
  }

  /** Takes each event before `onEvent` gets it. */
  listening(onEvent: (event: RecorderEvent) => void): (event: RecorderEvent) => void {
    return (event) => {
      this.#take(event);
      onEvent(event);
    };
  }

  #take(event: RecorderEvent): void {
    if (this.#count < 2) return;
    switch (event.type) {
      case "begunAnew":
      case "behind":
        this.#add(event.path);
        break;
      case "replaced":
        this.#add(event.path);
        if (event.begun) this.#begun.add(event.path);
        // All of them hold nothing: so logrotate leaves them, and whoever moves them away.
        if (this.#begun.size === this.#count) this.clear();
        break;
      case "diverged":
        this.#add(event.paths[1]);
    }
  }

  /** All files are new. */
  clear(): void {
    this.#extensions.clear();
    this.#begun.clear();
  }

  /** Rows are in every file: one that is begun anew from now on lacks them. */
  wrote(): void {
    this.#begun.clear();
  }

  #add(path: string): void {
    this.#extensions.add(path.slice(path.lastIndexOf(".") + 1));
  }
}
