/** Compares the messages of two recordings. */

import type { Batch } from "../message/batch.ts";

/** Gives messages a batch at a time, as `RowReader` does. */
export interface BatchSource {
  /** The messages of the last `read`. */
  readonly batch: Batch;
  /** Reads the next messages, at least one; false when there are no more. */
  read(): Promise<boolean>;
}

/**
 * How far two sources agree: in their first `rows` messages, up to message `a` in the batch of the
 * first and `b` in that of the second. Then they differ, or one or both end.
 */
export interface Agreement {
  readonly rows: number;
  readonly a: number;
  readonly b: number;
  readonly then: "differ" | "a ends" | "b ends" | "both end";
}

/** Compares message by message: time, topic and payload bytes, QoS, retain, dup, properties. */
export async function compare(a: BatchSource, b: BatchSource): Promise<Agreement> {
  let rows = 0;
  for (let i = 0, j = 0;;) {
    const [moreA, moreB] = [i < a.batch.count, j < b.batch.count];
    if (moreA && moreB) {
      const count = Math.min(a.batch.count - i, b.batch.count - j);
      const same = countSame(a.batch, i, b.batch, j, count);
      rows += same;
      i += same;
      j += same;
      if (same < count) return { rows, a: i, b: j, then: "differ" };
      continue;
    }
    const aEnds = !moreA && !(await a.read());
    if (!moreA) i = 0;
    const bEnds = !moreB && !(await b.read());
    if (!moreB) j = 0;
    if (aEnds || bEnds) {
      return { rows, a: i, b: j, then: !bEnds ? "a ends" : !aEnds ? "b ends" : "both end" };
    }
  }
}

/** Rows that one source has and the other lacks. */
export interface Lacking {
  readonly rows: number;
  /** Number of the first of them in the one that has them, from 1. */
  readonly first: number;
}

/** What `shorter` lacks where all its rows stand in `longer`, in order; else undefined. */
export async function lacking(
  longer: BatchSource,
  shorter: BatchSource,
): Promise<Lacking | undefined> {
  let rows = 0, first = 0, at = 0, j = 0;
  let more = shorter.batch.count > 0 || await shorter.read();
  for (let i = longer.batch.count;;) {
    if (i >= longer.batch.count) {
      if (!(await longer.read())) break;
      i = 0;
    }
    if (more && countSame(longer.batch, i, shorter.batch, j, 1) === 1) {
      if (++j >= shorter.batch.count) {
        more = await shorter.read();
        j = 0;
      }
    } else {
      rows++;
      first ||= at + 1;
    }
    i++;
    at++;
  }
  return more ? undefined : { rows, first };
}

/** How many of `count` consecutive messages from `i` and `j` on are equal. */
function countSame(a: Batch, i: number, b: Batch, j: number, count: number): number {
  const inA = a.data.bytes, inB = b.data.bytes;
  const withProperties = a.properties.length > 0 || b.properties.length > 0;
  for (let k = 0; k < count; k++, i++, j++) {
    const startA = a.topicStart(i), startB = b.topicStart(j);
    const length = a.payloadEnd(i) - startA;
    const same = a.time(i) === b.time(j) && a.flags(i) === b.flags(j) &&
      length === b.payloadEnd(j) - startB && a.topicEnd(i) - startA === b.topicEnd(j) - startB;
    if (!same) return k;
    for (let at = 0; at < length; at++) if (inA[startA + at] !== inB[startB + at]) return k;
    if (withProperties && !sameProperties(a, i, b, j)) return k;
  }
  return count;
}

function sameProperties(a: Batch, i: number, b: Batch, j: number): boolean {
  const startA = a.propertiesStart(i), startB = b.propertiesStart(j);
  const length = a.propertiesEnd(i) - startA;
  if (length !== b.propertiesEnd(j) - startB) return false;
  const inA = a.properties.bytes, inB = b.properties.bytes;
  for (let at = 0; at < length; at++) if (inA[startA + at] !== inB[startB + at]) return false;
  return true;
}
