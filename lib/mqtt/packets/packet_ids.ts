/** Who uses which packet identifiers: npm:mqtt and the publisher share one connection. */

/** npm:mqtt has 1 … this for SUBSCRIBE, UNSUBSCRIBE and the status, a few at a time at most. */
const LAST_FOREIGN_ID = 255;
/** Largest packet identifier [MQTT-2.2.1]. */
const MAX_ID = 65_535;

/** How many messages can be on their way at a time. */
export const MAX_IN_FLIGHT = MAX_ID - LAST_FOREIGN_ID;

/** Whether an acknowledgement with this identifier is for the publisher. */
export function isOurs(id: number): boolean {
  return id > LAST_FOREIGN_ID;
}

/** Identifiers for the publisher, in turn, but for those that are still in use. */
export class PacketIds {
  // A broker may keep identifiers of QoS 2 from an earlier run: it should not meet the same ones.
  #last = LAST_FOREIGN_ID + Math.floor(Math.random() * MAX_IN_FLIGHT);

  /** @param used Fewer than there are. */
  next(used: { has(id: number): boolean }): number {
    do this.#last = this.#last >= MAX_ID ? LAST_FOREIGN_ID + 1 : this.#last + 1; while (
      used.has(this.#last)
    );
    return this.#last;
  }
}

/** Identifiers for npm:mqtt, in turn as its own provider gives them. */
export function foreignIds() {
  let last = 0;
  return {
    allocate: () => last = last % LAST_FOREIGN_ID + 1,
    getLastAllocated: () => last,
    register: () => true,
    deallocate() {},
    clear() {},
  };
}
