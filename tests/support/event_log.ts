/** Records the events of a module and waits for them. */

import { withTimeout } from "./with_timeout.ts";

interface Event {
  readonly type: string;
}

export class EventLog<E extends Event> {
  readonly all: E[] = [];
  #read = 0;
  #more = Promise.withResolvers<void>();

  /** The callback for the module. */
  readonly onEvent = (event: E): void => {
    this.all.push(event);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  };

  /** Resolves with the next event of a type, after those returned before. */
  async next<T extends E["type"]>(type: T): Promise<Extract<E, { type: T }>> {
    for (;;) {
      const event = this.all[this.#read];
      if (event === undefined) {
        await withTimeout(this.#more.promise, `the event ${type} after ${this.all.at(-1)?.type}`);
        continue;
      }
      this.#read++;
      if (event.type === type) return event as Extract<E, { type: T }>;
    }
  }
}
