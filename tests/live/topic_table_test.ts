import assert from "node:assert/strict";
import { TopicTable } from "../../lib/live/topic_table.ts";
import { Batch } from "../../lib/message/batch.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { bytes } from "../support/arbitrary.ts";

/** A batch with a message on each topic, received at `time`. */
function batchOf(topics: Iterable<string>, time: number, payload = "1"): Batch {
  const batch = new Batch();
  for (const topic of topics) {
    batch.add({ time, topic, payload: bytes(payload), qos: 0, retain: false, dup: false });
  }
  return batch;
}

const names = (table: TopicTable) => [...table.entries()].map(({ topic }) => topic);

Deno.test("TopicTable keeps topics in order of their last message", () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock);
  table.take(batchOf(["a", "b", "c"], clock.now()));
  table.take(batchOf(["a"], clock.now(), "2"));
  assert.deepEqual(names(table), ["a", "c", "b"]);
  const [a] = table.entries();
  assert.deepEqual([a!.count, new TextDecoder().decode(a!.value)], [2, "2"]);
  assert.deepEqual([table.size, table.forgot, table.sampled], [3, false, false]);
});

Deno.test("TopicTable forgets the topic that is silent for longest to make room", () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock, 3);
  table.take(batchOf(["a", "b", "c", "a", "d"], clock.now()));
  assert.deepEqual(names(table), ["d", "a", "c"]);
  assert.equal(table.forgot, true);
  for (const entry of table.entries()) assert.equal(entry.newer?.older ?? entry, entry);
});

Deno.test("TopicTable measures rates, none of a topic that fell silent", async () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock);
  for (let i = 0; i <= 20; i++) {
    table.take(batchOf(i % 10 === 0 ? ["slow", "fast"] : ["fast"], clock.now()));
    await clock.advance(i === 20 ? 0 : 1_000);
  }
  const rate = (name: string) =>
    [...table.entries()].find(({ topic }) => topic === name)!
      .rate(table.now);
  assert.equal(rate("fast"), 1);
  assert.equal(rate("slow"), 0.1);
  assert.equal(table.extremes()!.busiest.topic, "fast");
  await clock.advance(10_000);
  assert.deepEqual([rate("fast"), rate("slow")], [undefined, 0.1]);
  await clock.advance(60_000);
  assert.equal(rate("slow"), undefined);
});

Deno.test("TopicTable.extremes() names the busiest topic, and the one silent for longest", async () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock);
  assert.equal(table.extremes(), undefined);
  table.take(batchOf(["old"], clock.now()));
  await clock.advance(1_000);
  table.take(batchOf(["a", "b", "b"], clock.now()));
  const { busiest, silent } = table.extremes()!;
  assert.deepEqual([busiest.topic, silent.topic], ["b", "old"]);
});

Deno.test("TopicTable looks at a part of what is too much, and counts for the rest", async () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock);
  const many = batchOf(Array(50_000).fill("a"), clock.now());
  table.take(many);
  assert.equal(table.sampled, true);
  const [a] = table.entries();
  assert.equal(Math.round(a!.count), 50_000);
  const before = a!.count;
  // The budget is spent: nothing is looked at in the same moment.
  table.take(batchOf(["b"], clock.now()));
  table.take(many);
  assert.deepEqual([a!.count, table.size], [before, 1]);
  await clock.advance(2_000);
  table.take(batchOf(["b"], clock.now()));
  assert.equal(table.size, 2);
});

Deno.test("TopicTable looks at a batch of any size in a bounded number of looks", () => {
  const topics = Array.from({ length: 50_000 }, (_, i) => `sensors/${i}`);
  const many = batchOf(topics, 0);
  for (const shown of [false, true]) {
    const clock = new FakeClock();
    const table = new TopicTable(clock);
    table.shown = shown;
    for (let i = 0; i < 20; i++) table.take(many);
    // Most looks find a new topic.
    assert.ok(table.size > 1_000 && table.size <= 4_000, String(table.size));
  }
});

Deno.test("TopicTable keeps the beginning of long topics and payloads", () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock);
  const topic = `s/${"é".repeat(32_000)}`;
  table.take(batchOf([topic, `${topic}x`], clock.now(), "v".repeat(100_000)));
  const all = [...table.entries()];
  assert.equal(all.length, 2);
  for (const { topic, value, valueBytes } of all) {
    assert.match(topic, /^s\/é{127}…$/);
    assert.deepEqual([value.length, valueBytes], [256, 100_000]);
  }
});

Deno.test("TopicTable goes on after the clock was set back", () => {
  const clock = new FakeClock();
  const table = new TopicTable(clock);
  table.take(batchOf(["a"], clock.now()));
  table.take(batchOf(["a"], clock.now() - 3_600_000));
  table.take(batchOf(["a"], clock.now() - 3_599_000));
  const [a] = table.entries();
  assert.equal(a!.rate(clock.now() - 3_599_000), 1);
});
