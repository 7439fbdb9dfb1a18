/** What a module tells while it works, kept and waited for. */

import { withTimeout } from "./with_timeout.ts";

interface Event {
  readonly type: string;
}

export class EventLog<E extends Event> {
  readonly all: E[] = [];
  #read = 0;
  #more = Promise.withResolvers<void>();

  /** To be handed to whoever tells. */
  readonly onEvent = (event: E): void => {
    this.all.push(event);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  };

  /** Resolves with the next event of a type, past those that were waited for before. */
  async next<T extends E["type"]>(type: T): Promise<Extract<E, { type: T }>> {
    for (;;) {
      const event = this.all[this.#read];
      if (event === undefined) {
        await withTimeout(this.#more.promise, `${type} to be told, after ${this.all.at(-1)?.type}`);
        continue;
      }
      this.#read++;
      if (event.type === type) return event as Extract<E, { type: T }>;
    }
  }
}
