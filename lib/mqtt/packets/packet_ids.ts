/** Divides packet identifiers between npm:mqtt and the publisher, which share one connection. */

/** npm:mqtt uses 1 … this for SUBSCRIBE, UNSUBSCRIBE and the status, a few at a time. */
const LAST_FOREIGN_ID = 255;
/** Largest packet identifier [MQTT-2.2.1]. */
const MAX_ID = 65_535;

/** Messages that can be in flight at a time. */
export const MAX_IN_FLIGHT = MAX_ID - LAST_FOREIGN_ID;

/** Whether an acknowledgement with this identifier is for the publisher. */
export function isOurs(id: number): boolean {
  return id > LAST_FOREIGN_ID;
}

/** Identifiers for the publisher, in turn, without those in use. */
export class PacketIds {
  // Random: a broker may still hold QoS 2 identifiers of an earlier run.
  #last = LAST_FOREIGN_ID + Math.floor(Math.random() * MAX_IN_FLIGHT);

  /** The next free identifier. @param used Must leave one free. */
  next(used: { has(id: number): boolean }): number {
    do this.#last = this.#last >= MAX_ID ? LAST_FOREIGN_ID + 1 : this.#last + 1; while (
      used.has(this.#last)
    );
    return this.#last;
  }
}

/** Identifiers for npm:mqtt, in turn, as its own provider does. */
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
