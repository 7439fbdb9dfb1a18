import assert from "node:assert/strict";
import { TopicCounts } from "../../lib/reading/topic_counts.ts";
import { arbitraryMessage, batchOf, message, seeded } from "../support/arbitrary.ts";

Deno.test("TopicCounts.add() counts every topic, whatever its name", () => {
  const random = seeded(41);
  const counts = new TopicCounts();
  const wanted = new Map<string, number>();
  for (let round = 0; round < 20; round++) {
    const messages = Array.from({ length: 200 }, () => arbitraryMessage(random));
    for (const { topic } of messages) wanted.set(topic, (wanted.get(topic) ?? 0) + 1);
    counts.add(batchOf(messages));
  }
  const top = counts.top(Infinity);
  assert.equal(counts.distinct, wanted.size);
  assert.deepEqual(new Map(top.map(({ topic, count }) => [topic, count])), wanted);
  for (const [i, { count }] of top.slice(1).entries()) assert.ok(count <= top[i]!.count);
});

Deno.test("TopicCounts.add() distinguishes topics of equal hash", () => {
  const [a, b] = collision();
  const counts = new TopicCounts();
  counts.add(batchOf([message(a, "1"), message(b, "1"), message(b, "1")]));
  assert.deepEqual(counts.top(9), [{ topic: b, count: 2 }, { topic: a, count: 1 }]);
});

/** Two topics with the same FNV-1a hash of 32 bits; 300,000 topics very likely contain a pair. */
function collision(): [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0;; i++) {
    const topic = `t/${i}`;
    let hash = 0x811c9dc5;
    for (const char of topic) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    const other = seen.get(hash);
    if (other !== undefined) return [other, topic];
    seen.set(hash, topic);
  }
}

Deno.test("TopicCounts.add() counts topics beyond its bound together", () => {
  const counts = new TopicCounts(3);
  const topics = ["a", "b", "c", "d", "e", "a", "d"];
  counts.add(batchOf(topics.map((topic) => message(topic, "1"))));
  assert.deepEqual([counts.distinct, counts.others], [3, 3]);
  assert.deepEqual(counts.top(1), [{ topic: "a", count: 2 }]);
});
