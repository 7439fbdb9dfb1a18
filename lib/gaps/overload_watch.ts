/** Tells from when to when a broker was held back so much that it may have dropped messages. */

import type { Moment } from "./sleep_watch.ts";

/** Held back for more than this share of a second, a broker may have to drop QoS 0 messages. */
const OVERLOADED = 0.5, AT_EASE = 0.1;

export class OverloadWatch {
  #since: Moment | undefined;

  /**
   * To be called about once a second.
   *
   * @param share Of the time since the last call in which the broker was held back.
   * @param last When that was.
   * @param atStake Whether anything can have been lost by it.
   * @returns Since when there was overload, once it is over.
   */
  tick(share: number, last: Moment, atStake: boolean): Moment | undefined {
    if (share > OVERLOADED && atStake) this.#since ??= last;
    else if (!(share > AT_EASE)) return this.end();
    return undefined;
  }

  /** There will be no more calls: since when there is overload. */
  end(): Moment | undefined {
    const since = this.#since;
    this.#since = undefined;
    return since;
  }
}
