/** The filters that a broker does not deliver as asked, and since when. */

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

  /** Those there are. */
  get list(): readonly RefusedFilter[] {
    return [...this.#filters.values()];
  }

  /**
   * The broker has answered for every filter.
   *
   * @param since When it last may have delivered those that are refused now.
   * @returns Those that are refused no more.
   */
  update(refused: readonly Refusal[], since: Moment): readonly RefusedFilter[] {
    for (const { topic, granted } of refused) {
      const cause = granted === undefined ? "subscription refused" : "subscription downgraded";
      if (!this.#filters.has(topic)) this.#filters.set(topic, { topic, since, cause });
    }
    return this.#take(({ topic }) => !refused.some((other) => other.topic === topic));
  }

  /** It is not asked any more: all there are. */
  end(): readonly RefusedFilter[] {
    return this.#take(() => true);
  }

  #take(wanted: (filter: RefusedFilter) => boolean): readonly RefusedFilter[] {
    const taken = this.list.filter(wanted);
    for (const { topic } of taken) this.#filters.delete(topic);
    return taken;
  }
}
