/** A receive queue that passes each message on as soon as it is read, without deliveries. */

import type { Message } from "../message/message.ts";
import type { Clock } from "../system/clock.ts";
import { ReceiveQueue } from "./receive_queue.ts";

export class Inbox extends ReceiveQueue {
  readonly #take: (message: Message) => void;

  constructor(clock: Clock, take: (message: Message) => void) {
    super(clock);
    this.#take = take;
  }

  override notify(): void {
    super.notify();
    for (const message of this.batch) this.#take(message);
    this.batch.clear();
  }
}
