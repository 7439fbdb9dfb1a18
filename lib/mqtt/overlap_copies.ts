/** Tells the copies that overlapping subscriptions bring of one message, by their identifiers. */

import type { Batch } from "../message/batch.ts";
import type { QoS } from "../message/message.ts";
import { subscriptionIdentifier } from "./packets/properties.ts";
import type { Subscription } from "./subscription_plan.ts";
import { matches } from "../message/topic.ts";
import type { PublishSpan } from "./packets/packet_reader.ts";

/** Topics remembered; beyond, all is looked up anew. */
const MAX_TOPICS = 10_000;
/** Topics that wait for a second copy, before the broker is known to send one. */
const MAX_UNPAIRED = 256;
/** Plans whose identifiers are known: what a session has stored is older than the last one. */
const MAX_PLANS = 8;

const NONE: readonly Match[] = [];
const decoder = new TextDecoder();

/** A subscription with an identifier. */
interface Match extends Subscription {
  /** Place in its plan: a message is recorded from the first one that is granted. */
  readonly rank: number;
  readonly plan: Plan;
  granted: boolean;
}

interface Plan {
  readonly matches: readonly Match[];
  /** Those that a topic matches, where there are several, by rank. */
  readonly byTopic: Map<string, readonly Match[]>;
}

/** The last row of a topic whose other copies have not come. */
interface Unpaired {
  readonly match: Match;
  /** Counted from the start of the run. */
  readonly row: number;
}

/** Where rows are being collected. */
interface Rows {
  readonly batch: Pick<Batch, "count" | "raiseQos">;
  /** Rows so far, those of the batch included. */
  readonly received: number;
}

/**
 * A broker sends a copy for each matching subscription, or one with all of their identifiers
 * [MQTT-3.3.4-3]. Only what another copy is sure to bring is a copy: aedes sends a single one with
 * a single identifier (https://github.com/moscajs/aedes/issues/1090), so the first message that
 * comes twice must prove that this broker sends copies. Until then the first copy makes the row.
 */
export class OverlapCopies {
  readonly #matches = new Map<number, Match>();
  readonly #plans: Plan[] = [];
  /** SUBSCRIBE packets under way. */
  readonly #asked = new Map<number, Match>();
  #proven: boolean;
  /** Nothing is older than this connection: what comes second is a second copy. */
  #fresh = true;
  readonly #unpaired = new Map<string, Unpaired>();
  /** Topic of the row that was the proof, the copy it was made from, and the best one, yet to come. */
  #owed: { readonly topic: string; readonly first: Match; readonly best: Match } | undefined;

  /** @param proven An earlier run with this session has seen the broker send copies. */
  constructor(proven = false) {
    this.#proven = proven;
  }

  /** Whether the broker is known to send a copy for each matching subscription. */
  get proven(): boolean {
    return this.#proven;
  }

  /** @param granted Whether the broker has granted them before: those of an earlier run. */
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

  /** A new connection; without the session of before another broker may be behind the address. */
  connected(resumed: boolean): void {
    this.#asked.clear();
    this.#unpaired.clear();
    this.#owed = undefined;
    this.#fresh = !resumed;
    if (resumed) return;
    this.#proven = false;
    for (const match of this.#matches.values()) match.granted = false;
  }

  /** SUBSCRIBE number `packetId` asks for the subscription with this identifier, and no other. */
  asks(packetId: number, identifier: number): void {
    const match = this.#matches.get(identifier);
    if (match !== undefined) this.#asked.set(packetId, match);
  }

  /** SUBACK: what comes behind it is judged by it. */
  answered(packetId: number, code: number): void {
    const match = this.#asked.get(packetId);
    if (match !== undefined) match.granted = code < 0x80;
    this.#asked.delete(packetId);
  }

  /**
   * Whether the message is in the rows already, or another copy of it will be. One whose identifier
   * is missing or unknown never is.
   */
  isCopy(bytes: Uint8Array, publish: PublishSpan, rows: Rows): boolean {
    const { topicStart, topicEnd, payloadStart, qos, retain } = publish;
    const identifier = subscriptionIdentifier(bytes, topicEnd + (qos > 0 ? 2 : 0), payloadStart);
    const match = this.#matches.get(identifier);
    if (match === undefined) return false;
    const topic = decoder.decode(bytes.subarray(topicStart, topicEnd));
    const all = this.#matching(match.plan, topic);
    // SUBSCRIBEs leave in order of rank: what came through this one was due through those before.
    const best = all.find(({ granted }) => granted);
    if (best === undefined || !all.includes(match)) return false;
    // Each SUBSCRIBE brings its own copy of a retained message, whatever becomes of others.
    if (retain) return best.rank < match.rank;
    if (this.#proven) return this.#isOwed(topic, match) || best.rank < match.rank;
    // While SUBACKs are due, messages may be older than one of the subscriptions: they prove nothing.
    if (!all.every(({ granted }) => granted)) return best.rank < match.rank;
    return this.#pairs(topic, match, publish.qos, rows);
  }

  /** Whether it is the second copy of a message: the first that comes is the proof. */
  #pairs(topic: string, match: Match, qos: QoS, { batch, received }: Rows): boolean {
    const before = this.#unpaired.get(topic);
    if (before === undefined || before.match === match || before.match.plan !== match.plan) {
      if (before !== undefined || this.#unpaired.size < MAX_UNPAIRED) {
        this.#unpaired.set(topic, { match, row: received });
      }
      return false;
    }
    this.#proven = true;
    this.#unpaired.clear();
    // In a session that goes on the first one may be a late copy, and this one of the next message.
    if (!this.#fresh) return false;
    batch.raiseQos(before.row - (received - batch.count), qos);
    const [best] = this.#matching(match.plan, topic);
    if (before.match !== best && match !== best) {
      this.#owed = { topic, first: before.match, best: best! };
    }
    return true;
  }

  /** Whether it is the best copy of the row that was the proof. */
  #isOwed(topic: string, match: Match): boolean {
    const owed = this.#owed;
    if (topic !== owed?.topic || match !== owed.first && match !== owed.best) return false;
    // The first again: another message.
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
