/** Which messages are exported, and the topics they belong to. */

import { type FieldBudget, fieldBudget, FieldNode } from "../fields/field_node.ts";
import { matches } from "../message/topic.ts";

/** Topics that are kept at once; beyond them each message makes its own. */
const MAX_TOPICS = 200_000;
const MAX_BYTES = 32 << 20;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What `--topic`, `--filter-out`, `--from` and `--to` choose. */
export interface Selection {
  /** MQTT filters; none chooses every topic. */
  readonly topics: readonly string[];
  /** Filters of topics that are left out. */
  readonly without: readonly string[];
  /** First moment, ms since 1970 UTC. */
  readonly from: number;
  /** The moment before which the messages end. */
  readonly to: number;
}

/** One topic of the recording. */
export interface Topic {
  readonly name: string;
  readonly chosen: boolean;
  /** Messages counted by whoever needs it. */
  count: number;
  /** Its fields. */
  readonly root: FieldNode;
  readonly bytes: Uint8Array;
}

/** Finds topics by their bytes, in bounded memory. */
export class TopicTable {
  readonly #selection: Selection;
  readonly #budget: FieldBudget = fieldBudget();
  /** The tree that all topics share, unless each has its own. */
  readonly #shared: FieldNode | undefined;
  readonly #byHash = new Map<number, Topic[]>();
  #last: Topic | undefined;
  #topics = 0;
  #bytes = 0;
  #exceeded = false;

  /** @param ownFields Whether equal names of fields in two topics are two fields. */
  constructor(selection: Selection, { ownFields }: { readonly ownFields: boolean }) {
    this.#selection = selection;
    this.#shared = ownFields ? undefined : FieldNode.root(this.#budget);
  }

  /** The topic `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number): Topic {
    const last = this.#last;
    if (last !== undefined && isAt(last.bytes, bytes, start, end)) return last;
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const same = this.#byHash.get(hash);
    if (same !== undefined) {
      for (const topic of same) if (isAt(topic.bytes, bytes, start, end)) return this.#last = topic;
    }
    const topic = this.#make(bytes.slice(start, end));
    if (this.#topics === MAX_TOPICS || this.#bytes + end - start > MAX_BYTES) {
      this.#exceeded = true;
      return topic;
    }
    this.#topics++;
    this.#bytes += end - start;
    if (same === undefined) this.#byHash.set(hash, [topic]);
    else same.push(topic);
    return topic;
  }

  /** Whether there are more topics or fields than are kept: those are new in each message. */
  get isExceeded(): boolean {
    return this.#budget.exceeded || this.#exceeded;
  }

  /** The topics that are kept, in no order. */
  *[Symbol.iterator](): Generator<Topic, void, unknown> {
    for (const topics of this.#byHash.values()) yield* topics;
  }

  #make(bytes: Uint8Array): Topic {
    const name = decoder.decode(bytes);
    const { topics, without } = this.#selection;
    const chosen = (topics.length === 0 || topics.some((filter) => matches(filter, name))) &&
      !without.some((filter) => matches(filter, name));
    const root = this.#shared ?? FieldNode.root(this.#budget);
    return { name, chosen, count: 0, root, bytes };
  }
}

function isAt(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
