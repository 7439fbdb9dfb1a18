/** What the built-in broker retains: the last message of each topic [MQTT-3.3.1-5], bounded. */

import type { StoredMessage } from "./stored_message.ts";
import { matches } from "../message/topic.ts";

/** Most retained messages, and their bytes. */
export const MAX_RETAINED = 100_000, MAX_RETAINED_BYTES = 128 * 1024 * 1024;

export class RetainedMessages {
  readonly #messages = new Map<string, StoredMessage>();
  #bytes = 0;

  /** Retains a message, or, without a payload, nothing any more [MQTT-3.3.1-6]; false: too many. */
  retain(message: StoredMessage): boolean {
    const { topic, size } = message;
    this.#release(topic);
    if (!message.hasPayload) return true;
    if (this.#messages.size >= MAX_RETAINED || this.#bytes + size > MAX_RETAINED_BYTES) {
      return false;
    }
    this.#messages.set(topic, message);
    this.#bytes += size;
    return true;
  }

  /** Messages that match `filter`, and have not expired at `now`. */
  *matching(filter: string, now: number): Generator<StoredMessage> {
    for (const [topic, message] of this.#messages) {
      if (message.isExpired(now)) this.#release(topic);
      else if (matches(filter, topic)) yield message;
    }
  }

  #release(topic: string): void {
    this.#bytes -= this.#messages.get(topic)?.size ?? 0;
    this.#messages.delete(topic);
  }
}
