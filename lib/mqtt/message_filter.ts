/** Decides which received messages become rows. */

import type { SubscriptionOptions } from "../config/subscription_options.ts";
import { matches } from "../message/topic.ts";
import type { PublishSpan } from "./packets/packet_reader.ts";

export class MessageFilter {
  readonly #filterOut: readonly string[];
  readonly #retained: SubscriptionOptions["retained"];
  readonly #maxPayload: number;
  readonly #decoder = new TextDecoder();

  /** Messages left out because they are longer than `maxPayload`. */
  tooLong = 0;

  constructor({ filterOut = [], retained = "all", maxPayload = Infinity }: MessageFilterOptions) {
    this.#filterOut = filterOut;
    this.#retained = retained;
    this.#maxPayload = maxPayload;
  }

  /** Whether it accepts every message. */
  get isAll(): boolean {
    return this.#filterOut.length === 0 && this.#retained === "all" &&
      this.#maxPayload === Infinity;
  }

  /** Whether only retained messages are wanted and this is the first live one. */
  ends({ retain }: PublishSpan): boolean {
    return this.#retained === "only" && !retain;
  }

  /** Whether the message becomes a row. */
  takes(bytes: Uint8Array, publish: PublishSpan): boolean {
    const { topicStart, topicEnd, payloadStart, payloadEnd, retain } = publish;
    if (this.#retained !== "all" && retain !== (this.#retained === "only")) return false;
    if (this.#filterOut.length > 0) {
      const topic = this.#decoder.decode(bytes.subarray(topicStart, topicEnd));
      if (this.#filterOut.some((filter) => matches(filter, topic))) return false;
    }
    if (payloadEnd - payloadStart <= this.#maxPayload) return true;
    this.tooLong++;
    return false;
  }
}

export interface MessageFilterOptions {
  readonly filterOut?: SubscriptionOptions["filterOut"];
  readonly retained?: SubscriptionOptions["retained"];
  readonly maxPayload?: SubscriptionOptions["maxPayload"];
}
