/** Has the broker redeliver messages that it dropped in flight. */

import type { WatchedBroker } from "./gap_events.ts";
import type { CountedGap } from "./undecided.ts";

/** Most reconnects in a run: the messages may have been dropped for other clients. */
const MAX_RECONNECTS = 20;
/** Most of them in a row that leave as many: the count before the first one may hold a part. */
const MAX_VAIN = 2;

/**
 * Mosquitto drops messages with QoS 1 and 2, too, that are in flight already, while more packets
 * wait for a client than it queues (https://github.com/eclipse-mosquitto/mosquitto/issues/3542). It
 * redelivers them only on the next connection.
 */
export class Redelivery {
  readonly #broker: Pick<WatchedBroker, "receiveQueue" | "reconnect">;
  #reconnects = 0;
  #vain = 0;
  /** Messages dropped before the last reconnect. */
  #dropped = 0;

  /** @param undelivered Whether the previous run ended before a redelivery: this one reconnects. */
  constructor(broker: Pick<WatchedBroker, "receiveQueue" | "reconnect">, undelivered: boolean) {
    this.#broker = broker;
    broker.receiveQueue.backlog.undelivered ||= undelivered;
  }

  /**
   * Reconnects after gaps with dropped messages, as long as that leaves fewer.
   *
   * @param gaps The gaps that a count has decided, one or more.
   */
  counted(gaps: readonly CountedGap[]): void {
    const { receiveQueue } = this.#broker;
    if (!receiveQueue.backlog.undelivered) return;
    if (gaps.every(({ dropped }) => dropped === 0)) receiveQueue.backlog.undelivered = false;
    const dropped = Math.max(...gaps.map(({ dropped = 0 }) => dropped));
    const isNew = gaps.some(({ gap, dropped }) => dropped && gap.session === "kept");
    this.#vain = isNew || dropped < this.#dropped ? 0 : this.#vain + 1;
    this.#dropped = dropped;
    if (dropped === 0 || this.#vain >= MAX_VAIN) return;
    // Without a connection messages with QoS 0 would be lost: then the next run receives the others.
    if (receiveQueue.qos0 || ++this.#reconnects > MAX_RECONNECTS) return;
    void this.#broker.reconnect();
  }
}
