/** Recognises copies of a message that overlapping subscriptions bring, by their identifiers. */

import { qosOf, type SubscriptionOptions } from "../config/subscription_options.ts";
import type { Batch } from "../message/batch.ts";
import type { QoS } from "../message/message.ts";
import { subscriptionIdentifier } from "./packets/properties.ts";
import { anyOverlap, planSubscriptions, type Subscription } from "./subscription_plan.ts";
import { matches } from "../message/topic.ts";
import type { PublishSpan } from "./packets/packet_reader.ts";

/** Topics remembered; when there are more it starts over. */
const MAX_TOPICS = 10_000;
/** Topics that wait for a second copy, until the broker is proven to send copies. */
const MAX_UNPAIRED = 256;
/** Plans whose identifiers are kept: stored messages may be older than the current plan. */
const MAX_PLANS = 8;

const NONE: readonly Match[] = [];
const decoder = new TextDecoder();

/** A subscription with an identifier. */
interface Match extends Subscription {
  /** Place in its plan: the first granted match makes the row. */
  readonly rank: number;
  readonly plan: Plan;
  granted: boolean;
}

interface Plan {
  readonly matches: readonly Match[];
  /** The matches of a topic if there are several, by rank. */
  readonly byTopic: Map<string, readonly Match[]>;
}

/** The last row of a topic that waits for a second copy. */
interface Unpaired {
  readonly match: Match;
  /** Counted from the start of the run. */
  readonly row: number;
}

/** The rows of the receive queue. */
interface Rows {
  readonly batch: Pick<Batch, "count" | "raiseQos">;
  /** Rows so far, those of the batch included. */
  readonly received: number;
}

/**
 * A broker sends a copy for each matching subscription, or one message with all identifiers
 * [MQTT-3.3.4-3]. aedes sends one message with one identifier
 * (https://github.com/moscajs/aedes/issues/1090), so a copy is left out only once a message that
 * came twice has proven that this broker sends copies. Until then the first copy makes the row.
 */
export class OverlapCopies {
  readonly #matches = new Map<number, Match>();
  readonly #plans: Plan[] = [];
  /** Subscriptions whose SUBACK is pending, by packet identifier. */
  readonly #asked = new Map<number, Match>();
  #proven: boolean;
  /** Whether no message is older than this connection: then the second one is a copy. */
  #fresh = true;
  readonly #unpaired = new Map<string, Unpaired>();
  /** Topic of the row that was the proof, its first copy, and the best copy, which is pending. */
  #owed: { readonly topic: string; readonly first: Match; readonly best: Match } | undefined;

  /** @param proven Whether an earlier run has seen this broker send copies. */
  constructor(proven = false) {
    this.#proven = proven;
  }

  /** Recognises copies, also in stored messages; undefined if no filters overlap. */
  static of(
    options: Pick<SubscriptionOptions, "topics" | "qos"> & Partial<SubscriptionOptions> & {
      readonly formerTopics?: readonly string[] | undefined;
      readonly sentCopies?: boolean | undefined;
    },
  ): OverlapCopies | undefined {
    const { topics, formerTopics = [] } = options;
    if (!anyOverlap(new Set([...topics, ...formerTopics]))) return undefined;
    const copies = new OverlapCopies(options.sentCopies);
    const former = formerTopics.map((topic) => ({ topic, qos: qosOf(options, topic) }));
    copies.plan(planSubscriptions(former, true).subscriptions, true);
    return copies;
  }

  /** Whether the broker is proven to send a copy for each matching subscription. */
  get proven(): boolean {
    return this.#proven;
  }

  /** Adds a plan. @param granted Whether an earlier run was granted its subscriptions. */
  plan(subscriptions: readonly Subscription[], granted = false): void {
    const known = subscriptions.filter(({ identifier }) => identifier !== undefined);
    if (known.length === 0 || this.#matches.has(known[0]!.identifier!)) return;
    const plan: Plan = { matches: [], byTopic: new Map() };
    const found = known.map((subscription, rank) => ({ ...subscription, rank, plan, granted }));
    for (const match of found) this.#matches.set(match.identifier!, match);
    (plan.matches as Match[]).push(...found);
    this.#plans.push(plan);
    if (this.#plans.length <= MAX_PLANS) return;
    for (const { identifier } of this.#plans.shift()!.matches) this.#matches.delete(identifier!);
  }

  /** Starts a new connection; one without the session may lead to another broker. */
  connected(resumed: boolean): void {
    this.#asked.clear();
    this.#unpaired.clear();
    this.#owed = undefined;
    this.#fresh = !resumed;
    if (resumed) return;
    this.#proven = false;
    for (const match of this.#matches.values()) match.granted = false;
  }

  /** Notes that a SUBSCRIBE requests this subscription only. */
  subscribing(packetId: number, identifier: number): void {
    const match = this.#matches.get(identifier);
    if (match !== undefined) this.#asked.set(packetId, match);
  }

  /** Handles a SUBACK: messages after it belong to the granted subscription. */
  answered(packetId: number, code: number): void {
    const match = this.#asked.get(packetId);
    if (match !== undefined) match.granted = code < 0x80;
    this.#asked.delete(packetId);
  }

  /**
   * Whether another copy of the message is a row already, or will be. A message without a known
   * identifier never counts as a copy.
   */
  isCopy(bytes: Uint8Array, publish: PublishSpan, rows: Rows): boolean {
    const { topicStart, topicEnd, payloadStart, qos, retain } = publish;
    const identifier = subscriptionIdentifier(bytes, topicEnd + (qos > 0 ? 2 : 0), payloadStart);
    const match = this.#matches.get(identifier);
    if (match === undefined) return false;
    const topic = decoder.decode(bytes.subarray(topicStart, topicEnd));
    const all = this.#matching(match.plan, topic);
    // SUBSCRIBEs leave in order of rank: this message also came through the matches before.
    const best = all.find(({ granted }) => granted);
    if (best === undefined || !all.includes(match)) return false;
    // Each SUBSCRIBE brings its own copy of a retained message.
    if (retain) return best.rank < match.rank;
    if (this.#proven) return this.#isOwed(topic, match) || best.rank < match.rank;
    // While SUBACKs are pending, messages may be older than a subscription and prove nothing.
    if (!all.every(({ granted }) => granted)) return best.rank < match.rank;
    return this.#pairs(topic, match, publish.qos, rows);
  }

  /** Whether it is the second copy of a message, which proves that the broker sends copies. */
  #pairs(topic: string, match: Match, qos: QoS, { batch, received }: Rows): boolean {
    const previous = this.#unpaired.get(topic);
    if (previous === undefined || previous.match === match || previous.match.plan !== match.plan) {
      if (previous !== undefined || this.#unpaired.size < MAX_UNPAIRED) {
        this.#unpaired.set(topic, { match, row: received });
      }
      return false;
    }
    this.#proven = true;
    this.#unpaired.clear();
    // In a resumed session the first may be a late copy, and this one belong to the next message.
    if (!this.#fresh) return false;
    batch.raiseQos(previous.row - (received - batch.count), qos);
    const [best] = this.#matching(match.plan, topic);
    if (previous.match !== best && match !== best) {
      this.#owed = { topic, first: previous.match, best: best! };
    }
    return true;
  }

  /** Whether it is the pending best copy of the row that was the proof. */
  #isOwed(topic: string, match: Match): boolean {
    const owed = this.#owed;
    if (topic !== owed?.topic || match !== owed.first && match !== owed.best) return false;
    // The first subscription again: it is another message.
    this.#owed = undefined;
    return match === owed.best;
  }

  #matching({ matches: all, byTopic }: Plan, topic: string): readonly Match[] {
    const known = byTopic.get(topic);
    if (known !== undefined) return known;
    if (byTopic.size >= MAX_TOPICS) byTopic.clear();
    const found = all.filter((match) => matches(match.topic, topic));
    const several = found.length > 1 ? found : NONE;
    byTopic.set(topic, several);
    return several;
  }
}
