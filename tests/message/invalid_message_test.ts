import assert from "node:assert/strict";
import { type InvalidMessages, InvalidTally } from "../../lib/message/invalid_message.ts";

const WILDCARD: InvalidMessages = {
  breach: "wildcard in the topic",
  topic: "a/+",
  count: 1,
  bytes: 3,
  from: 1_000,
  to: 1_000,
};

Deno.test("InvalidTally.add() adds up messages of the same breach and topic", () => {
  const tally = new InvalidTally();
  tally.add(WILDCARD);
  tally.add({ ...WILDCARD, topic: "b/#" });
  tally.add({ ...WILDCARD, breach: "topic not UTF-8" });
  tally.add({ ...WILDCARD, bytes: 10, from: 1_500, to: 1_700, count: 2 });
  assert.deepEqual([...tally], [
    { ...WILDCARD, count: 3, bytes: 13, to: 1_700 },
    { ...WILDCARD, topic: "b/#" },
    { ...WILDCARD, breach: "topic not UTF-8" },
  ]);
});

Deno.test("InvalidTally.add() counts 16 topics separately and all others once per breach", () => {
  const tally = new InvalidTally();
  for (let i = 0; i < 10_000; i++) tally.add({ ...WILDCARD, topic: `a/+/${i}` });
  tally.add({ ...WILDCARD, topic: "b", breach: "topic not UTF-8" });
  tally.add({ ...WILDCARD, topic: "a/+/3" });
  const kinds = [...tally];
  assert.equal(kinds.length, 18);
  assert.equal(kinds[3]!.count, 2);
  assert.deepEqual(kinds.slice(16).map(({ topic, breach, count }) => [topic, breach, count]), [
    [undefined, "wildcard in the topic", 9_984],
    [undefined, "topic not UTF-8", 1],
  ]);
});
