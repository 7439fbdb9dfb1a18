/** The names of fields as a tree of keys, in bounded memory; looking one up allocates nothing. */

import { ascii } from "../message/utf8.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What the nodes of one or more trees may take together. */
export interface FieldBudget {
  /** Nodes that may still be kept. */
  nodes: number;
  /** Characters of names that may still be kept. */
  characters: number;
  /** Whether a node had no room, and was forgotten. */
  exceeded: boolean;
}

/** Room for the names of a recording: about 100 MB at worst. */
export function fieldBudget(): FieldBudget {
  return { nodes: 200_000, characters: 16 << 20, exceeded: false };
}

/**
 * One field, or the object or array that holds fields. Two keys that give the same dotted name are
 * two nodes. Beyond the budget a node is made for one message and forgotten.
 */
export class FieldNode {
  /** Position in the table that it is a column of; -1: none yet. Set by whoever needs it. */
  column = -1;
  /** The last message that had it: a second time there, its key is repeated. */
  seen = 0;
  readonly #budget: FieldBudget;
  readonly #key: Uint8Array;
  readonly #children: FieldNode[] = [];
  /** Children by the hash of their key, where there are many. */
  #byHash: Map<number, FieldNode[]> | undefined;
  readonly #items: FieldNode[] = [];
  /** The child that most likely comes next: keys mostly keep their order. */
  #cursor = 0;
  #twin: FieldNode | undefined;
  /** Position among the children of its parent; -1: it is not kept there. */
  #index = -1;

  private constructor(budget: FieldBudget, key: Uint8Array, readonly name: string) {
    this.#budget = budget;
    this.#key = key;
  }

  /** The root of a tree: the payload itself, whose name is empty. */
  static root(budget: FieldBudget): FieldNode {
    return new FieldNode(budget, new Uint8Array(), "");
  }

  /** The child whose key, without escapes, is `bytes[start, end)`. */
  child(bytes: Uint8Array, start: number, end: number): FieldNode {
    const expected = this.#children[this.#cursor];
    if (expected !== undefined && expected.#is(bytes, start, end)) {
      this.#cursor = this.#cursor + 1 === this.#children.length ? 0 : this.#cursor + 1;
      return expected;
    }
    const hash = hashOf(bytes, start, end);
    for (const node of this.#byHash?.get(hash) ?? []) {
      if (!node.#is(bytes, start, end)) continue;
      this.#cursor = (node.#index + 1) % this.#children.length;
      return node;
    }
    return this.#add(bytes.slice(start, end), hash);
  }

  /** The child that stands for element `i` of an array. */
  item(i: number): FieldNode {
    const known = this.#items[i];
    if (known !== undefined) return known;
    const key = ascii(String(i));
    const node = this.child(key, 0, key.length);
    // In order, so that the array has no holes.
    if (i === this.#items.length && node.#index >= 0) this.#items.push(node);
    return node;
  }

  /** Another node of the same name, for a key that an object repeats. */
  twin(): FieldNode {
    if (this.#twin !== undefined) return this.#twin;
    const twin = new FieldNode(this.#budget, this.#key, this.name);
    if (this.#take(twin)) this.#twin = twin;
    return twin;
  }

  #is(bytes: Uint8Array, start: number, end: number): boolean {
    const key = this.#key;
    if (key.length !== end - start) return false;
    for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
    return true;
  }

  #add(key: Uint8Array, hash: number): FieldNode {
    const text = decoder.decode(key);
    const node = new FieldNode(this.#budget, key, this.name === "" ? text : `${this.name}.${text}`);
    if (!this.#take(node)) return node;
    this.#byHash ??= new Map();
    const same = this.#byHash.get(hash);
    if (same === undefined) this.#byHash.set(hash, [node]);
    else same.push(node);
    node.#index = this.#children.push(node) - 1;
    this.#cursor = (node.#index + 1) % this.#children.length;
    return node;
  }

  /** Whether the budget has room for another node. */
  #take({ name }: FieldNode): boolean {
    const budget = this.#budget;
    if (budget.nodes === 0 || name.length > budget.characters) {
      budget.exceeded = true;
      return false;
    }
    budget.nodes--;
    budget.characters -= name.length;
    return true;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}
