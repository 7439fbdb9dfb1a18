/** Has the broker redeliver messages that it dropped in flight. */

import type { Gap } from "../message/gap.ts";
import type { GapEvent, WatchedBroker } from "./gap_events.ts";

/** Most reconnects in a run: the messages may have been dropped for other clients. */
const MAX_RECONNECTS = 20;

/**
 * Mosquitto drops messages with QoS 1 and 2, too, that are in flight already, while more packets
 * wait for a client than it queues (https://github.com/eclipse-mosquitto/mosquitto/issues/3542). It
 * redelivers them only on the next connection.
 */
export class Redelivery {
  readonly #broker: WatchedBroker;
  readonly #onEvent: (event: GapEvent) => void;
  #reconnects = 0;
  /** Messages dropped before the last reconnect. */
  #dropped = 0;

  constructor(broker: WatchedBroker, onEvent: (event: GapEvent) => void = () => {}) {
    this.#broker = broker;
    this.#onEvent = onEvent;
  }

  /** Reconnects after a gap with dropped messages, as long as each reconnect leaves fewer. */
  dropped({ session }: Gap, count: number): void {
    const { version, receiveQueue } = this.#broker;
    const worked = session === "kept" || count < this.#dropped;
    this.#dropped = worked ? count : 0;
    // With MQTT 3.1.1 Mosquitto has only twenty messages in flight.
    const some = version === 5 && receiveQueue.flight.arrived > 0;
    if (!worked || !some || ++this.#reconnects > MAX_RECONNECTS) return;
    this.#onEvent({ type: "redelivery" });
    void this.#broker.reconnect();
  }

  /** Notes that the broker dropped nothing. */
  none(): void {
    this.#broker.receiveQueue.backlog.undelivered = false;
  }
}
