/** The columns of the shape `wide`: found in a first pass, one for each topic or field of one. */

import type { FieldReader } from "../fields/field_reader.ts";
import { BOOLEAN, INTEGER, NULL, NUMBER } from "../fields/field_list.ts";
import type { Column, ColumnKind } from "./table.ts";

/** How the values of one step become one. */
export type Aggregate = "last" | "mean" | "min" | "max" | "count";

/** What the first pass has seen of one field of one topic. */
interface Seen {
  readonly topic: string;
  readonly field: string;
  numbers: number;
  integers: number;
  booleans: number;
  texts: number;
  /** The first unit; numbers with another one stand with the texts. */
  unit: string | undefined;
  /** Numbers with another unit. */
  strangers: number;
  /** Longest text, in characters. */
  width: number;
}

/** Where the values of one field go. */
export interface WidePlace {
  /** The column of its numbers, truth values, or texts where it has nothing else. */
  readonly column: number;
  readonly kind: ColumnKind;
  /** The column of what is none of these; -1: nothing is. */
  readonly text: number;
  readonly unit: string | undefined;
}

/** The columns of a table, and where each field's values go. */
export interface WideLayout {
  readonly columns: readonly Column[];
  /** By `FieldNode.column`. */
  readonly places: readonly WidePlace[];
}

/** Gathers what fields there are. */
export class WideColumns {
  readonly #seen: Seen[] = [];

  /** Fields so far. */
  get count(): number {
    return this.#seen.length;
  }

  /** Adds the fields of a message, and numbers the nodes of new ones. */
  add(topic: string, reader: FieldReader): void {
    const { count, nodes, kinds, unit, starts, ends } = reader.fields;
    for (let f = 0; f < count; f++) {
      const node = nodes[f]!;
      if (node.column < 0) {
        node.column = this.#seen.push({
          topic,
          field: node.name,
          numbers: 0,
          integers: 0,
          booleans: 0,
          texts: 0,
          unit: undefined,
          strangers: 0,
          width: 0,
        }) - 1;
      }
      const seen = this.#seen[node.column]!, kind = kinds[f]!;
      if (kind === NUMBER || kind === INTEGER) {
        if (unit !== undefined) {
          seen.unit ??= unit;
          if (unit !== seen.unit) {
            seen.strangers++;
            continue;
          }
        }
        seen.numbers++;
        if (kind === INTEGER) seen.integers++;
      } else if (kind === BOOLEAN) seen.booleans++;
      else if (kind !== NULL && ends[f]! > starts[f]!) {
        seen.texts++;
        // Bytes are at least as many as characters.
        if (ends[f]! - starts[f]! > seen.width) {
          seen.width = Math.max(seen.width, reader.text(f).length);
        }
      }
    }
  }

  /** The columns, by topic and in each in the order in which its fields first appeared. */
  layout(aggregate: Aggregate): WideLayout {
    const names = new Names();
    const columns: Column[] = [{ name: names.unique("timestamp"), kind: "time" }];
    const places: WidePlace[] = [];
    const order = [...this.#seen.keys()].sort((a, b) => {
      const [one, other] = [this.#seen[a]!.topic, this.#seen[b]!.topic];
      return one < other ? -1 : one > other ? 1 : a - b;
    });
    for (const i of order) {
      const seen = this.#seen[i]!;
      const { topic, field, unit, width } = seen;
      const base = field === "" ? topic : `${topic}/${field}`;
      const kind = kindOf(seen, aggregate);
      const withUnit = unit !== undefined && kind !== "text" && aggregate !== "count";
      const name = names.unique(withUnit ? `${base} (${unit})` : base);
      const column = columns.push({
        name,
        kind,
        ...(withUnit ? { unit } : {}),
        ...(kind === "text" ? { width } : {}),
      }) - 1;
      let text = kind === "text" ? column : -1;
      if (kind !== "text" && needsText(seen) && aggregate !== "count") {
        text = columns.push({ name: names.unique(`${base}.text`), kind: "text", width }) - 1;
      }
      places[i] = { column, kind, text, unit };
    }
    return { columns, places };
  }
}

function kindOf(seen: Seen, aggregate: Aggregate): ColumnKind {
  const { numbers, integers, booleans, texts } = seen;
  if (aggregate === "count") return "integer";
  if (numbers > 0) return numbers > integers || aggregate === "mean" ? "number" : "integer";
  return booleans > 0 && texts === 0 ? "boolean" : "text";
}

/** Whether values of a column that is no text stand apart. */
function needsText({ numbers, booleans, texts, strangers }: Seen): boolean {
  return texts + strangers > 0 || numbers > 0 && booleans > 0;
}

/** Makes names unique, whatever their case: SQLite and DuckDB do not tell it apart. */
class Names {
  readonly #used = new Set<string>();

  unique(name: string): string {
    let free = name;
    for (let n = 2; this.#used.has(free.toLowerCase()); n++) free = `${name} (${n})`;
    this.#used.add(free.toLowerCase());
    return free;
  }
}
