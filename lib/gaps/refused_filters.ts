/** The filters that a broker refuses or downgrades, and since when. */

import type { Cause } from "../message/gap.ts";
import type { Moment } from "./sleep_watch.ts";
import type { Refusal } from "../mqtt/subscription_answers.ts";

export interface RefusedFilter {
  readonly topic: string;
  readonly since: Moment;
  readonly cause: Cause;
}

export class RefusedFilters {
  readonly #filters = new Map<string, RefusedFilter>();

  /** The filters refused now. */
  get list(): readonly RefusedFilter[] {
    return [...this.#filters.values()];
  }

  /**
   * Updates the list after the broker has answered for every filter.
   *
   * @param since When it last may have delivered the newly refused ones.
   * @returns The filters that are no longer refused.
   */
  update(refused: readonly Refusal[], since: Moment): readonly RefusedFilter[] {
    for (const { topic, granted } of refused) {
      const cause = granted === undefined ? "subscription refused" : "subscription downgraded";
      if (!this.#filters.has(topic)) this.#filters.set(topic, { topic, since, cause });
    }
    return this.#take(({ topic }) => !refused.some((other) => other.topic === topic));
  }

  /** Ends the list; returns the filters refused last. */
  end(): readonly RefusedFilter[] {
    return this.#take(() => true);
  }

  #take(wanted: (filter: RefusedFilter) => boolean): readonly RefusedFilter[] {
    const taken = this.list.filter(wanted);
    for (const { topic } of taken) this.#filters.delete(topic);
    return taken;
  }
}
