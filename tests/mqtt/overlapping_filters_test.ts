/** What is asked of a broker where filters overlap, and asked again when it refuses. */

import assert from "node:assert/strict";
import { connected } from "../support/connected.ts";
import type { Script } from "../faults/strict_script.ts";

const V4: Script = { connack: ({ version }) => version === 5 ? { code: 0x84 } : {} };

/** Refuses (or grants for less) by filter and attempt. */
function answering(
  code: (filter: string, attempt: number) => number | undefined,
  resumes = false,
): Script {
  return {
    connack: (_, attempt) => ({ sessionPresent: resumes && attempt > 0 }),
    suback: (filters, attempt) => filters.map(({ filter, qos }) => code(filter, attempt) ?? qos),
  };
}

Deno.test("a covered filter is not asked for", async () => {
  await connected({}, async ({ broker }) => {
    assert.deepEqual(broker.connections[0]!.requests, [["a/#"]]);
    assert.equal(broker.connections[0]!.identifiers.size, 0);
    await Promise.resolve();
  }, { topics: ["a/b", "a/#", "a/+/c"] });
});

Deno.test("filters that overlap partly have a packet each with an identifier, others share theirs", async () => {
  await connected({}, async ({ broker, events }) => {
    const [{ requests, identifiers }] = broker.connections as [typeof broker.connections[number]];
    assert.deepEqual(requests, [["a/+/c"], ["a/b/#"], ["x", "y"]]);
    assert.deepEqual([...identifiers.keys()], ["a/+/c", "a/b/#"]);
    assert.equal(new Set(identifiers.values()).size, 2);
    const [event] = events.all;
    assert.deepEqual(event?.type === "connected" && event.ambiguous, []);
    await Promise.resolve();
  }, { topics: ["x", "a/b/#", "a/+/c", "y"] });
});

Deno.test("no identifier goes to a broker without them, and the filters are told", async () => {
  const without: Script = { connack: () => ({ properties: [0x29, 0] }) };
  for (const script of [V4, without]) {
    await connected(script, async ({ broker, events }) => {
      const { requests, identifiers } = broker.connections.at(-1)!;
      assert.deepEqual(requests, [["a/+/c", "a/b/#"]]);
      assert.equal(identifiers.size, 0);
      const [event] = events.all;
      assert.deepEqual(event?.type === "connected" && event.ambiguous, ["a/+/c", "a/b/#"]);
      await Promise.resolve();
    }, { topics: ["a/b/#", "a/+/c"] });
  }
});

Deno.test("more than eight filters go in packets of eight", async () => {
  const topics = Array.from({ length: 18 }, (_, i) => `a/${String(i).padStart(2, "0")}`);
  await connected({}, async ({ broker, connection }) => {
    const { requests } = broker.connections[0]!;
    assert.deepEqual(requests.map(({ length }) => length), [8, 8, 2]);
    assert.deepEqual(requests.flat(), topics);
    assert.deepEqual(connection.connection.refused, []);
    await Promise.resolve();
  }, { topics });
});

Deno.test("a cover that is refused makes way for what it covers, until it is granted", async () => {
  let refused = true;
  const script = answering(
    (filter, attempt) => filter === "a/#" && attempt > 0 && refused ? 0x87 : undefined,
    true,
  );
  await connected(script, async ({ broker, clock, events, drop }) => {
    await drop();
    const event = await events.next("connected");
    assert.deepEqual(event.refused.map(({ topic }) => topic), ["a/#"]);
    const { requests } = broker.connections[1]!;
    assert.deepEqual(requests, [["a/#"], ["a/b"]]);
    await clock.asleep(30_000);
    await clock.advance(30_000);
    assert.equal((await events.next("subscribed")).refused.length, 1);
    // The others are not asked for again.
    assert.deepEqual(requests.slice(2), [["a/#"]]);
    refused = false;
    await clock.asleep(30_000);
    await clock.advance(30_000);
    assert.deepEqual((await events.next("subscribed")).refused, []);
    assert.deepEqual(requests.slice(3), [["a/#"], ["-a/b"]]);
  }, { topics: ["a/#", "a/b"] });
});

Deno.test("a cover that is granted for less stands beside what it covers, with identifiers", async () => {
  const script = answering((filter, attempt) => filter === "a/#" && attempt > 0 ? 0 : undefined);
  await connected(script, async ({ broker, events, drop }) => {
    await drop();
    const { refused } = await events.next("connected");
    assert.deepEqual(refused, [{ topic: "a/#", code: 0, asked: 1, granted: 0 }]);
    const { requests, identifiers } = broker.connections[1]!;
    assert.deepEqual(requests, [["a/#"], ["a/b"], ["a/#"]]);
    assert.deepEqual([...identifiers.keys()], ["a/b", "a/#"]);
  }, { topics: ["a/#", "a/b"] });
});

Deno.test("when one of three that overlap is refused the others get other identifiers", async () => {
  let refused = true;
  const script = answering((filter, attempt) =>
    filter === "+/b/c" && attempt === 1 && refused ? 0x80 : undefined
  );
  await connected(script, async ({ broker, clock, events, drop }) => {
    const before = new Map(broker.connections[0]!.identifiers);
    await drop();
    await events.next("connected");
    const { requests, identifiers } = broker.connections[1]!;
    assert.deepEqual(requests, [["+/b/c"], ["a/+/c"], ["a/b/#"], ["a/+/c"], ["a/b/#"]]);
    for (const topic of ["a/+/c", "a/b/#"]) {
      assert.notEqual(identifiers.get(topic), before.get(topic));
    }
    // Asked for again alone, the others keep what tells their copies apart until it is granted.
    await clock.asleep(30_000);
    await clock.advance(30_000);
    await events.next("subscribed");
    assert.deepEqual(requests.slice(5), [["+/b/c"]]);
    assert.equal(identifiers.has("+/b/c"), false);
    refused = false;
    await clock.asleep(30_000);
    await clock.advance(30_000);
    await events.next("subscribed");
    assert.deepEqual(requests.slice(6), [["+/b/c"], ["+/b/c"], ["a/+/c"], ["a/b/#"]]);
    assert.deepEqual(identifiers, before);
    await drop();
    await events.next("connected");
    assert.deepEqual(broker.connections[2]!.identifiers, before);
  }, { topics: ["a/b/#", "a/+/c", "+/b/c"] });
});

Deno.test("a session that goes on is unsubscribed from what is covered now, once that is granted", async () => {
  const script: Script = { connack: () => ({ sessionPresent: true }) };
  const options = { topics: ["a/#", "a/b"], formerTopics: ["a/b", "old"] };
  await connected(script, async ({ broker, drop, events }) => {
    // Not before: what both match would be missed.
    assert.deepEqual(broker.connections[0]!.requests, [["a/#"], ["-old"], ["-a/b"]]);
    await drop();
    await events.next("connected");
  }, options);
});

Deno.test("a former filter stays where its cover is refused", async () => {
  const script = answering(
    (filter, attempt) => filter === "a/#" && attempt > 0 ? 0x87 : undefined,
    true,
  );
  await connected(script, async ({ broker, events, drop }) => {
    await drop();
    await events.next("connected");
    assert.deepEqual(broker.connections[1]!.unsubscribed, []);
  }, { topics: ["a/#", "a/b"], formerTopics: ["a/b"] });
});
