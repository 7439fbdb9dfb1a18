import assert from "node:assert/strict";
import { Batch } from "../../lib/message/batch.ts";
import { type BatchSource, compare } from "../../lib/reading/compare.ts";
import type { Message } from "../../lib/message/message.ts";
import { arbitraryMessage, batchOf, message, seeded } from "../support/arbitrary.ts";

/** Yields `messages` in batches of 1 to 5. */
function source(messages: readonly Message[], seed: number): BatchSource {
  const random = seeded(seed);
  let at = 0;
  return {
    batch: new Batch(),
    read(this: { batch: Batch }) {
      const some = messages.slice(at, at += 1 + random(5));
      this.batch = batchOf(some);
      return Promise.resolve(some.length > 0);
    },
  };
}

const random = seeded(31);
const MESSAGES = Array.from({ length: 20 }, () => arbitraryMessage(random));

Deno.test("compare() finds where one source ends, for any batch sizes", async () => {
  for (let a = 0; a <= 20; a++) {
    for (let b = 0; b <= 20; b++) {
      const [inA, inB] = [
        source(MESSAGES.slice(0, a), 1 + a),
        source(MESSAGES.slice(0, b), 99 + b),
      ];
      const got = await compare(inA, inB);
      assert.equal(got.rows, Math.min(a, b));
      assert.equal(got.then, a < b ? "a ends" : b < a ? "b ends" : "both end");
      if (a > b) assert.deepEqual(inA.batch.at(got.a), MESSAGES[b]);
      if (b > a) assert.deepEqual(inB.batch.at(got.b), MESSAGES[a]);
    }
  }
});

Deno.test("compare() finds the first message that differs in any field", async () => {
  const one = message("topic", "payload");
  const others: readonly Message[] = [
    { ...one, time: one.time + 1 },
    { ...one, qos: 2 },
    { ...one, retain: true },
    { ...one, dup: true },
    message("topik", "payload"),
    message("topic", "payloae"),
    message("topi", "cpayload"),
    message("topic", "payload2"),
  ];
  for (const other of others) {
    for (let at = 0; at < 12; at++) {
      const list = Array.from({ length: 12 }, () => one);
      const [inA, inB] = [source(list.with(at, other), 3 + at), source(list, 50)];
      const got = await compare(inA, inB);
      assert.deepEqual([got.rows, got.then], [at, "differ"]);
      assert.deepEqual([inA.batch.at(got.a), inB.batch.at(got.b)], [other, one]);
    }
  }
});
