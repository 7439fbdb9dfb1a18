/** The fields of one message, packed: no object for each. */

import type { FieldNode } from "./field_node.ts";

/** What a field holds. */
export const NULL = 0, NUMBER = 1, INTEGER = 2, BOOLEAN = 3;
/** Texts: as they are, with the escapes of JSON, and bytes that are no text (shown in base64). */
export const TEXT = 4, ESCAPED = 5, BINARY = 6;

/** Fields of the last message; used again for the next one. */
export class FieldList {
  count = 0;
  readonly nodes: FieldNode[] = [];
  kinds = new Uint8Array(64);
  /** Numbers; booleans as 0 and 1. */
  numbers = new Float64Array(64);
  /** Where a text lies in the payload's bytes. */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** The unit of the only field, `"°C"`. */
  unit: string | undefined;

  clear(): void {
    this.count = 0;
    this.unit = undefined;
  }

  pushNumber(node: FieldNode, kind: number, value: number): void {
    const i = this.#next(node, kind);
    this.numbers[i] = value;
  }

  pushText(node: FieldNode, kind: number, start: number, end: number): void {
    const i = this.#next(node, kind);
    this.starts[i] = start;
    this.ends[i] = end;
  }

  #next(node: FieldNode, kind: number): number {
    const i = this.count++;
    if (i === this.kinds.length) this.#grow();
    this.nodes[i] = node;
    this.kinds[i] = kind;
    return i;
  }

  #grow(): void {
    const length = 2 * this.kinds.length;
    const grown = <T extends { set(from: T): void }>(to: T, from: T) => (to.set(from), to);
    this.kinds = grown(new Uint8Array(length), this.kinds);
    this.numbers = grown(new Float64Array(length), this.numbers);
    this.starts = grown(new Int32Array(length), this.starts);
    this.ends = grown(new Int32Array(length), this.ends);
  }
}
