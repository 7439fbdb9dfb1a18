/** Plans the subscriptions, so that overlapping filters make one row for each message. No I/O. */

import type { QoS } from "../message/message.ts";
import { covers, isShared, type Levels, levelsOf, overlap } from "../message/topic.ts";

/** A topic filter with its requested or granted QoS. */
export interface Filter {
  readonly topic: string;
  readonly qos: QoS;
}

export interface Subscription extends Filter {
  /** The broker returns it with each message of this filter; undefined: no overlap. */
  readonly identifier: number | undefined;
}

export interface SubscriptionPlan {
  /**
   * Highest QoS first, then by name: a message that several of them match is recorded from the
   * first of those.
   */
  readonly subscriptions: readonly Subscription[];
  /** Overlapping filters whose copies cannot be recognised. */
  readonly ambiguous: readonly string[];
}

interface Entry extends Filter {
  readonly levels: Levels;
  readonly shared: boolean;
}

/** Largest subscription identifier [MQTT-3.8.2.1.2]; 1 is the smallest. */
const MAX_IDENTIFIER = 268_435_455;

/**
 * Leaves out filters that others cover, and gives identifiers to those that overlap.
 *
 * @param identifiers Whether the broker accepts subscription identifiers; MQTT 3.1.1 has none.
 */
export function planSubscriptions(
  filters: readonly Filter[],
  identifiers: boolean,
): SubscriptionPlan {
  const all = filters.map(entryOf).sort(byRank);
  // Only brokers without identifiers are known not to match the parent level with "/#".
  const covered = (entry: Entry, index: number) =>
    all.some((wide, other) => {
      if (wide === entry || wide.shared || entry.shared || wide.qos < entry.qos) return false;
      if (!covers(wide.levels, entry.levels, { parents: identifiers })) return false;
      // Two filters that match the same topics cover each other: the first one stays.
      return other < index || wide.qos > entry.qos ||
        !covers(entry.levels, wide.levels, { parents: identifiers });
    });
  const kept = all.filter((entry, index) => !covered(entry, index));
  const overlapping = kept.filter((entry) => kept.some((other) => overlaps(entry, other)));
  const distinct = identifiers
    ? overlapping.filter((entry) =>
      !entry.shared && kept.some((other) => !other.shared && overlaps(entry, other))
    )
    : [];
  const numbers = identify(distinct);
  const ambiguous = overlapping.filter((entry) =>
    kept.some((other) => overlaps(entry, other) && !(numbers.has(entry) && numbers.has(other)))
  );
  return {
    subscriptions: kept.map((entry) => ({
      topic: entry.topic,
      qos: entry.qos,
      identifier: numbers.get(entry),
    })),
    ambiguous: ambiguous.map(({ topic }) => topic),
  };
}

/** Whether any two of these filters overlap; shared ones do not count. */
export function anyOverlap(topics: Iterable<string>): boolean {
  const entries = [...topics].filter((topic) => !isShared(topic)).map((topic) => levelsOf(topic));
  return entries.some((levels, index) => entries.slice(index + 1).some((b) => overlap(levels, b)));
}

function entryOf({ topic, qos }: Filter): Entry {
  return { topic, qos, levels: levelsOf(topic), shared: isShared(topic) };
}

function byRank(a: Filter, b: Filter): number {
  return b.qos - a.qos || (a.topic < b.topic ? -1 : 1);
}

function overlaps(a: Entry, b: Entry): boolean {
  return a !== b && overlap(a.levels, b.levels);
}

/**
 * The identifiers of filters. They are the same in every run with the same filters, so that stored
 * messages can be recognised too, and all differ as soon as one filter differs: a message stored
 * before a filter was added must not pass for a copy of one that this filter never brought.
 */
export function identify<F extends Filter>(entries: readonly F[]): ReadonlyMap<F, number> {
  const numbers = new Map<F, number>();
  const taken = new Set<number>();
  const seed = fnv1a(entries.map(({ topic, qos }) => `${qos} ${topic}`).join("\0"));
  for (const entry of entries) {
    let number = fnv1a(entry.topic, seed) % MAX_IDENTIFIER + 1;
    while (taken.has(number)) number = number % MAX_IDENTIFIER + 1;
    taken.add(number);
    numbers.set(entry, number);
  }
  return numbers;
}

/** 32 bits of FNV-1a over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
