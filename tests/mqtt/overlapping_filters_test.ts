/** The SUBSCRIBEs for overlapping filters, also after refusals. */

import assert from "node:assert/strict";
import { connected } from "../support/connected.ts";
import type { Script } from "../faults/strict_script.ts";

const V4: Script = { connack: ({ version }) => version === 5 ? { code: 0x84 } : {} };

/** Refuses or downgrades by filter and attempt. */
function answering(
  code: (filter: string, attempt: number) => number | undefined,
  resumes = false,
): Script {
  return {
    connack: (_, attempt) => ({ sessionPresent: resumes && attempt > 0 }),
    suback: (filters, attempt) => filters.map(({ filter, qos }) => code(filter, attempt) ?? qos),
  };
}

Deno.test("subscribe() requests no covered filter", async () => {
  await connected({}, async ({ broker }) => {
    assert.deepEqual(broker.connections[0]!.requests, [["a/#"]]);
    assert.equal(broker.connections[0]!.identifiers.size, 0);
    await Promise.resolve();
  }, { topics: ["a/b", "a/#", "a/+/c"] });
});

Deno.test("subscribe() gives overlapping filters a packet with an identifier each; others share one", async () => {
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

Deno.test("subscribe() sends no identifier to a broker without them; the result names the filters", async () => {
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

Deno.test("subscribe() puts at most eight filters in a packet", async () => {
  const topics = Array.from({ length: 18 }, (_, i) => `a/${String(i).padStart(2, "0")}`);
  await connected({}, async ({ broker, connection }) => {
    const { requests } = broker.connections[0]!;
    assert.deepEqual(requests.map(({ length }) => length), [8, 8, 2]);
    assert.deepEqual(requests.flat(), topics);
    assert.deepEqual(connection.connection.refused, []);
    await Promise.resolve();
  }, { topics });
});

Deno.test("subscribe() requests covered filters while their cover is refused", async () => {
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
    // The others are not requested again.
    assert.deepEqual(requests.slice(2), [["a/#"]]);
    refused = false;
    await clock.asleep(30_000);
    await clock.advance(30_000);
    assert.deepEqual((await events.next("subscribed")).refused, []);
    assert.deepEqual(requests.slice(3), [["a/#"], ["-a/b"]]);
  }, { topics: ["a/#", "a/b"] });
});

Deno.test("subscribe() requests filters whose cover was granted with a lower QoS, with identifiers", async () => {
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

Deno.test("subscribe() gives two filters new identifiers if a third one is refused", async () => {
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
    // It is requested alone, and the others keep their identifiers until it is granted.
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

Deno.test("subscribe() unsubscribes a resumed session from covered filters once the cover is granted", async () => {
  const script: Script = { connack: () => ({ sessionPresent: true }) };
  const options = { topics: ["a/#", "a/b"], formerTopics: ["a/b", "old"] };
  await connected(script, async ({ broker, drop, events }) => {
    // Not earlier: messages that both match would be missed.
    assert.deepEqual(broker.connections[0]!.requests, [["a/#"], ["-old"], ["-a/b"]]);
    await drop();
    await events.next("connected");
  }, options);
});

Deno.test("subscribe() keeps a former filter if its cover is refused", async () => {
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
