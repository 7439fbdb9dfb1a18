/** Remembers whether QoS 0 messages may be sent on the recorded topics. */

import type { RunState } from "../files/run_state.ts";
import type { WatchedBroker } from "./gap_events.ts";

/** What the messages of this run tell. */
interface Received {
  readonly received: number;
  readonly qos0: boolean;
}

export class SeenQos {
  readonly #messages: Received;
  readonly #previousRun: Pick<RunState, "carried"> | undefined;
  #carriedBefore = false;

  constructor(messages: Received, previousRun: Pick<RunState, "carried"> | undefined) {
    this.#messages = messages;
    this.#previousRun = previousRun;
  }

  /** Whether any message has come at all; undefined: a state of 0.1.0 does not tell. */
  get carried(): boolean | undefined {
    return this.#messages.received > 0 || (this.#previousRun ? this.#previousRun.carried : false);
  }

  /** Notes a lost connection: a resumed session brings messages before the next one is made. */
  lost(): void {
    this.#carriedBefore = this.carried === true;
  }

  /** Whether messages may have had QoS 0 since then: one came, or none before that shows a QoS. */
  get mayBeQos0(): boolean {
    return this.#messages.qos0 || !this.#carriedBefore;
  }
}

/** How long ago QoS 0 messages may have been sent that have not come yet; ms, 0 without QoS 0. */
export function unarrivedMs({ receiveQueue }: WatchedBroker, now: number): number {
  return receiveQueue.qos0 ? now - receiveQueue.backlog.arrivedUntil : 0;
}
