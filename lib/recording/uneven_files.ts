/** Which files of a recording are known to lack rows that another one has. */

import type { RecorderEvent } from "./recorder_events.ts";

/** Keeps track of it from the events of a recorder. */
export class UnevenFiles {
  readonly #extensions = new Set<string>();
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
      case "replaced":
        this.#add(event.path);
        break;
      case "diverged":
        this.#add(event.paths[1]);
    }
  }

  /** All files are new. */
  clear(): void {
    this.#extensions.clear();
  }

  #add(path: string): void {
    this.#extensions.add(path.slice(path.lastIndexOf(".") + 1));
  }
}
