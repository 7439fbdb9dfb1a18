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
  Deno.test(`a broker that sends ${manner}: any filters, each message makes one row`, () => {
    const random = seeded(manner.length);
    const LEVELS = ["a", "b", "+", "#", "$c"];
    for (let round = 0; round < 300; round++) {
      // The copies of one session keep to their order; the next one's may be another.
      const shift = random(5);
      const bench = new ModelBroker(manner, (below) => shift % below).start();
      const filters = new Map<string, Filter>();
      for (let i = random(5) + 1; i > 0; i--) {
        const levels = Array.from({ length: random(3) + 1 }, () => LEVELS[random(5)]!);
        const topic = levels.join("/").replace(/#.*/, "#");
        filters.set(topic, { topic, qos: random(3) as QoS });
      }
      bench.subscribe([...filters.values()]);
      const expected: string[] = [];
      for (let number = 0; number < 20; number++) {
        const topic = Array.from({ length: random(3) + 1 }, () => ["a", "b", "$c"][random(3)]!)
          .join("/");
        const found = [...filters.values()].filter((filter) => matches(filter.topic, topic));
        // Equal readings are readings.
        bench.publish(topic, "21.5");
        if (found.length > 0) {
          expected.push(`${topic} 21.5 ${Math.max(...found.map(({ qos }) => qos))}`);
        }
      }
      const why = `${round}: ${[...filters.values()].map(({ topic, qos }) => `${topic}:${qos}`)}`;
      const plain = (rows: readonly string[]) => rows.map((row) => row.slice(0, -2));
      if (manner === "first only") assert.deepEqual(plain(bench.rows), plain(expected), why);
      else assert.deepEqual(bench.rows, expected, why);
    }
  });
}

Deno.test("a copy is acknowledged in its turn behind its row, and counts for nothing", async () => {
  const bench = new ModelBroker("copies").start();
  bench.receiveQueue.wanted = 3;
  bench.subscribe([X, Y]);
  for (const payload of ["1", "2", "3", "4"]) bench.publish("a/b/c", payload, 1);
  assert.deepEqual(bench.rows, ["a/b/c 1 1", "a/b/c 2 1", "a/b/c 3 1"]);
  assert.equal(bench.receiveQueue.wanted, 0);
  const sent: number[] = [];
  bench.receiveQueue.connect((acks) => sent.push(...acks));
  bench.receiveQueue.wanted = Infinity;
  const [first] = [bench.nextId];
  bench.publish("a/b/c", "5", 1);
  bench.receiveQueue.end();
  const { value } = await bench.receiveQueue.deliveries().next();
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

Deno.test("copies before the last SUBACK are told apart, those of a refused filter are none", () => {
  const bench = new ModelBroker("copies").start();
  bench.subscribe([X, Y], ({ topic }) => topic === X.topic ? 1 : undefined);
  bench.publish("a/b/c", "1");
  assert.deepEqual(bench.rows, ["a/b/c 1 1"]);
  const refused = new ModelBroker("copies").start();
  refused.subscribe([X, Y, LOW], ({ topic, qos }) => topic === X.topic ? 0x87 : qos);
  for (const payload of ["1", "2"]) refused.publish("a/b/c", payload);
  assert.deepEqual(refused.rows, ["a/b/c 1 1", "a/b/c 2 1"]);
});

Deno.test("retained messages make one row, and are no proof that other messages come twice", () => {
  const bench = new ModelBroker("first only").start();
  bench.subscribe([X, Y, LOW]);
  // Each SUBSCRIBE brings its own copy, from any broker.
  for (const topic of ["a/b/c", "a/b/d"]) bench.retained(topic, "old");
  assert.deepEqual(bench.rows, ["a/b/c old 1", "a/b/d old 1"]);
  for (const payload of ["new", "new"]) bench.publish("a/b/c", payload);
  assert.equal(bench.rows.length, 4);
});

Deno.test("a message that is older than the second filter proves nothing", () => {
  const bench = new ModelBroker("first only").start();
  bench.subscribe([X, Y], ({ topic, qos }) => topic === X.topic ? qos : undefined);
  const [x] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  bench.send("a/b/c", "1", [x]);
  bench.answer(Y, 1);
  for (const payload of ["2", "3"]) bench.publish("a/b/c", payload);
  assert.deepEqual(bench.payloads, ["1", "2", "3"]);
});

Deno.test("a new session grants nothing before its SUBACKs", () => {
  const [x, y] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  const bench = new ModelBroker("copies", () => 0, [x, y]).start();
  bench.subscribe([X, Y], () => undefined);
  bench.send("a/b/c", "old", [y], 1, true);
  assert.deepEqual(bench.payloads, ["old"]);
});

Deno.test("a message whose identifier is missing or unknown is recorded", () => {
  const bench = new ModelBroker("copies").start();
  bench.subscribe([X, Y]);
  bench.publish("a/b/c", "1");
  bench.send("a/b/c", "2", []);
  bench.send("a/b/c", "2", [{ ...Y, identifier: 1 }]);
  assert.deepEqual(bench.rows.map((row) => row.split(" ")[1]), ["1", "2", "2"]);
});

Deno.test("what a session has stored is told apart under the same filters", () => {
  const [x, y] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  const bench = new ModelBroker("copies", () => 0, [x, y]).start(true);
  for (const payload of ["1", "2", "3"]) {
    for (const copy of [x, y]) bench.send("a/b/c", payload, [copy]);
  }
  // The first comes twice: it might be the rest of another, of which a kill left half.
  assert.deepEqual(bench.payloads, ["1", "1", "2", "3"]);
});

Deno.test("half of a message that a kill left does not pass for half of the next", () => {
  const [x, y] = planSubscriptions([X, Y], true).subscriptions as [Subscription, Subscription];
  const bench = new ModelBroker("copies", () => 0, [x, y]).start(true);
  bench.send("a/b/c", "before", [y]);
  for (const copy of [x, y, x, y]) bench.send("a/b/c", "21.5", [copy]);
  assert.deepEqual(bench.payloads, ["before", "21.5", "21.5"]);
});

Deno.test("what was stored before a filter came is no copy of what that filter brings", () => {
  const added: Filter = { topic: "+/b/c", qos: 2 };
  const before = planSubscriptions([X, Y], true).subscriptions;
  const bench = new ModelBroker("copies", () => 0, before).start(true);
  bench.subscribe([X, Y, added]);
  bench.publish("a/b/c", "new");
  bench.publish("a/b/c", "new");
  bench.send("a/b/c", "stored", [before[0]!]);
  assert.deepEqual(bench.payloads.slice(-1), ["stored"]);
});

Deno.test("a broker that sent copies is known after a connection to the same session", () => {
  const bench = new ModelBroker("copies").start();
  bench.subscribe([X, Y]);
  bench.publish("a/b/c", "1");
  bench.reconnect();
  const { subscriptions } = planSubscriptions([X, Y], true);
  bench.send("a/b/c", "1", [subscriptions[1]!]);
  bench.publish("a/b/c", "2");
  assert.deepEqual(bench.payloads, ["1", "2"]);
});

Deno.test("three copies in any order make one row, and so does the next message", () => {
  for (const shift of [0, 1, 2]) {
    const bench = new ModelBroker("copies", () => shift).start();
    bench.subscribe([X, Y, LOW]);
    for (const payload of ["1", "1", "2"]) bench.publish("a/b/c", payload);
    assert.deepEqual(bench.rows, ["a/b/c 1 1", "a/b/c 1 1", "a/b/c 2 1"], String(shift));
  }
});

Deno.test("more topics than are remembered are told apart all the same", () => {
  const bench = new ModelBroker("copies").start();
  bench.subscribe([X, Y]);
  const topics = Array.from({ length: 10_100 }, (_, i) => `a/b/${i % 2 === 0 ? "c" : i}`);
  for (const topic of topics) bench.publish(topic, "1");
  assert.equal(bench.receiveQueue.received, topics.length);
});
