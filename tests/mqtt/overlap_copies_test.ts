import assert from "node:assert/strict";
import type { QoS } from "../../lib/message/message.ts";
import {
  type Filter,
  planSubscriptions,
  type Subscription,
} from "../../lib/mqtt/subscription_plan.ts";
import { matches } from "../../lib/message/topic.ts";
import { seeded } from "../support/arbitrary.ts";
import { ModelBroker } from "../support/model_broker.ts";

const X: Filter = { topic: "a/+/c", qos: 1 }, Y: Filter = { topic: "a/b/#", qos: 1 };
const LOW: Filter = { topic: "+/b/c", qos: 0 };

for (const manner of ["copies", "merged", "first only"] as const) {
  Deno.test(`OverlapCopies makes one row for each message of a broker that sends ${manner}`, () => {
    const random = seeded(manner.length);
    const LEVELS = ["a", "b", "+", "#", "$c"];
    for (let round = 0; round < 300; round++) {
      // Copies keep their order within a session; it may differ in the next one.
      const shift = random(5);
      const broker = new ModelBroker(manner, (below) => shift % below).start();
      const filters = new Map<string, Filter>();
      for (let i = random(5) + 1; i > 0; i--) {
        const levels = Array.from({ length: random(3) + 1 }, () => LEVELS[random(5)]!);
        const topic = levels.join("/").replace(/#.*/, "#");
        filters.set(topic, { topic, qos: random(3) as QoS });
      }
      broker.subscribe([...filters.values()]);
      const expected: string[] = [];
      for (let number = 0; number < 20; number++) {
        const topic = Array.from({ length: random(3) + 1 }, () => ["a", "b", "$c"][random(3)]!)
          .join("/");
        const found = [...filters.values()].filter((filter) => matches(filter.topic, topic));
        // Equal messages are separate messages.
        broker.publish(topic, "21.5");
        if (found.length > 0) {
          expected.push(`${topic} 21.5 ${Math.max(...found.map(({ qos }) => qos))}`);
        }
      }
      const why = `${round}: ${[...filters.values()].map(({ topic, qos }) => `${topic}:${qos}`)}`;
      const plain = (rows: readonly string[]) => rows.map((row) => row.slice(0, -2));
      if (manner === "first only") assert.deepEqual(plain(broker.rows), plain(expected), why);
      else assert.deepEqual(broker.rows, expected, why);
    }
  });
}

Deno.test("OverlapCopies acknowledges a copy after its row, and does not count it", async () => {
  const broker = new ModelBroker("copies").start();
  broker.receiveQueue.wanted = 3;
  broker.subscribe([X, Y]);
  for (const payload of ["1", "2", "3", "4"]) broker.publish("a/b/c", payload, 1);
  assert.deepEqual(broker.rows, ["a/b/c 1 1", "a/b/c 2 1", "a/b/c 3 1"]);
  assert.equal(broker.receiveQueue.wanted, 0);
  const sent: number[] = [];
  broker.receiveQueue.connect((acks) => sent.push(...acks));
  broker.receiveQueue.wanted = Infinity;
  const [first] = [broker.nextId];
  broker.publish("a/b/c", "5", 1);
  broker.receiveQueue.end();
  const { value } = await broker.receiveQueue.deliveries().next();
  value!.ack();
  assert.deepEqual(sent, [
    0x40,
    2,
    first >> 8,
    first & 255,
    0x40,
    2,
    first + 1 >> 8,
    first + 1 & 255,
  ]);
});

Deno.test("OverlapCopies recognises copies before the last SUBACK, none of a refused filter", () => {
  const broker = new ModelBroker("copies").start();
  broker.subscribe([X, Y], ({ topic }) => topic === X.topic ? 1 : undefined);
  broker.publish("a/b/c", "1");
  assert.deepEqual(broker.rows, ["a/b/c 1 1"]);
  const refused = new ModelBroker("copies").start();
  refused.subscribe([X, Y, LOW], ({ topic, qos }) => topic === X.topic ? 0x87 : qos);
  for (const payload of ["1", "2"]) refused.publish("a/b/c", payload);
  assert.deepEqual(refused.rows, ["a/b/c 1 1", "a/b/c 2 1"]);
});

Deno.test("OverlapCopies makes one row of retained copies, and takes them for no proof", () => {
  const broker = new ModelBroker("first only").start();
  broker.subscribe([X, Y, LOW]);
  // Every broker sends a copy for each SUBSCRIBE.
  for (const topic of ["a/b/c", "a/b/d"]) broker.retained(topic, "old");
  assert.deepEqual(broker.rows, ["a/b/c old 1", "a/b/d old 1"]);
  for (const payload of ["new", "new"]) broker.publish("a/b/c", payload);
  assert.equal(broker.rows.length, 4);
});

Deno.test("OverlapCopies takes a message older than the second filter for no proof", () => {
  const broker = new ModelBroker("first only").start();
  broker.subscribe([X, Y], ({ topic, qos }) => topic === X.topic ? qos : undefined);
  const [x] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  broker.send("a/b/c", "1", [x]);
  broker.answer(Y, 1);
  for (const payload of ["2", "3"]) broker.publish("a/b/c", payload);
  assert.deepEqual(broker.payloads, ["1", "2", "3"]);
});

Deno.test("OverlapCopies treats no filter as granted in a new session before SUBACK", () => {
  const [x, y] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  const broker = new ModelBroker("copies", () => 0, [x, y]).start();
  broker.subscribe([X, Y], () => undefined);
  broker.send("a/b/c", "old", [y], 1, true);
  assert.deepEqual(broker.payloads, ["old"]);
});

Deno.test("OverlapCopies records a message with a missing or unknown identifier", () => {
  const broker = new ModelBroker("copies").start();
  broker.subscribe([X, Y]);
  broker.publish("a/b/c", "1");
  broker.send("a/b/c", "2", []);
  broker.send("a/b/c", "2", [{ ...Y, identifier: 1 }]);
  assert.deepEqual(broker.rows.map((row) => row.split(" ")[1]), ["1", "2", "2"]);
});

Deno.test("OverlapCopies recognises stored copies if the filters are the same", () => {
  const [x, y] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  const broker = new ModelBroker("copies", () => 0, [x, y]).start(true);
  for (const payload of ["1", "2", "3"]) {
    for (const copy of [x, y]) broker.send("a/b/c", payload, [copy]);
  }
  // The first is recorded twice: it may be the second copy of a message before a kill.
  assert.deepEqual(broker.payloads, ["1", "1", "2", "3"]);
});

Deno.test("OverlapCopies does not pair a copy left by a kill with the next message", () => {
  const [x, y] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  const broker = new ModelBroker("copies", () => 0, [x, y]).start(true);
  broker.send("a/b/c", "before", [y]);
  for (const copy of [x, y, x, y]) broker.send("a/b/c", "21.5", [copy]);
  assert.deepEqual(broker.payloads, ["before", "21.5", "21.5"]);
});

Deno.test("OverlapCopies takes no message stored before a filter for a copy of that filter", () => {
  const added: Filter = { topic: "+/b/c", qos: 2 };
  const before = planSubscriptions([X, Y], true).subscriptions;
  const broker = new ModelBroker("copies", () => 0, before).start(true);
  broker.subscribe([X, Y, added]);
  broker.publish("a/b/c", "new");
  broker.publish("a/b/c", "new");
  broker.send("a/b/c", "stored", [before[0]!]);
  assert.deepEqual(broker.payloads.slice(-1), ["stored"]);
});

Deno.test("OverlapCopies keeps its proof across connections to the same session", () => {
  const broker = new ModelBroker("copies").start();
  broker.subscribe([X, Y]);
  broker.publish("a/b/c", "1");
  broker.reconnect();
  const { subscriptions } = planSubscriptions([X, Y], true);
  broker.send("a/b/c", "1", [subscriptions[1]!]);
  broker.publish("a/b/c", "2");
  assert.deepEqual(broker.payloads, ["1", "2"]);
});

Deno.test("OverlapCopies makes one row of three copies in any order, and of the next message", () => {
  for (const shift of [0, 1, 2]) {
    const broker = new ModelBroker("copies", () => shift).start();
    broker.subscribe([X, Y, LOW]);
    for (const payload of ["1", "1", "2"]) broker.publish("a/b/c", payload);
    assert.deepEqual(broker.rows, ["a/b/c 1 1", "a/b/c 1 1", "a/b/c 2 1"], String(shift));
  }
});

Deno.test("OverlapCopies recognises copies of more topics than it remembers", () => {
  const broker = new ModelBroker("copies").start();
  broker.subscribe([X, Y]);
  const topics = Array.from({ length: 10_100 }, (_, i) => `a/b/${i % 2 === 0 ? "c" : i}`);
  for (const topic of topics) broker.publish(topic, "1");
  assert.equal(broker.receiveQueue.received, topics.length);
});
