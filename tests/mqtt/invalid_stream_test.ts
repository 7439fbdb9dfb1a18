/** Invalid messages in a stream of good ones: rows, acknowledgements, and what is counted. */

import assert from "node:assert/strict";
import type { Delivery } from "../../lib/message/delivery.ts";
import type { QoS } from "../../lib/message/message.ts";
import { MessageFilter } from "../../lib/mqtt/message_filter.ts";
import { bytes, concat, START } from "../support/arbitrary.ts";
import { type Bench, bench, next, settle, texts } from "../support/gate_fixture.ts";
import { connack, publishPacket, pubrel } from "../support/packets.ts";

const CONNACK = { 4: connack(), 5: Uint8Array.of(0x20, 3, 0, 0, 0) };

/** Each breach at each QoS that it is possible at. */
const INVALID: readonly (readonly [string, string | Uint8Array, readonly QoS[]])[] = [
  ["DUP at QoS 0", "a/b", [0]],
  ["wildcard in the topic", "a/+/b", [0, 1, 2]],
  ["topic not UTF-8", Uint8Array.of(0x4b, 0xfc, 0x63, 0x68, 0x65), [0, 1, 2]],
];

/** What is left out of a delivery. */
const leftOut = ({ leftOut = [] }: Delivery) => [...leftOut];

/** A message that breaks a rule, its payload three bytes. */
function invalid(breach: string, topic: string | Uint8Array, qos: QoS, version: 4 | 5, id = 2) {
  const dup = breach === "DUP at QoS 0";
  return publishPacket({ topic, payload: "bad", qos, id, dup, version });
}

/** Lets the gate read to the end, records and acknowledges all. */
async function recordAll(b: Bench) {
  const found = { rows: [] as string[], leftOut: 0 };
  b.byteStream.end();
  while (!b.gate.destroyed) await new Promise((resolve) => setImmediate(resolve));
  b.session.receiveQueue.end();
  for await (const delivery of b.deliveries) {
    found.rows.push(...texts(delivery));
    for (const { count } of leftOut(delivery)) found.leftOut += count;
  }
  return found;
}

for (const version of [4, 5] as const) {
  for (const [breach, topic, levels] of INVALID) {
    for (const qos of levels) {
      const name = `MQTT ${version}, QoS ${qos}, ${breach}`;

      Deno.test(`${name}: the message is left out, the others are recorded, all are acknowledged`, async () => {
        const b = bench({ version });
        const good = (payload: string, id: number) =>
          publishPacket({ topic: "t", payload, qos: 1, id, version });
        b.byteStream.send(
          CONNACK[version],
          concat(good("1", 1), invalid(breach, topic, qos, version), good("3", 3)),
        );
        const delivery = await next(b);
        assert.deepEqual(texts(delivery), ["1", "3"]);
        const escaped = typeof topic === "string" ? topic : "K\\xfcche";
        const counted = { breach, topic: escaped, count: 1, bytes: 3, from: START, to: START };
        assert.deepEqual(leftOut(delivery), [counted]);
        await settle();
        assert.deepEqual(b.byteStream.written, []);
        delivery.ack();
        await settle();
        const type = qos === 1 ? 0x40 : 0x50;
        const middle = version === 5 ? [type, 3, 0, 2, 0x90] : [type, 2, 0, 2];
        assert.deepEqual(b.byteStream.written, [
          ...[0x40, 2, 0, 1],
          ...qos > 0 ? middle : [],
          ...[0x40, 2, 0, 3],
        ]);
        assert.deepEqual(b.errors, []);
        b.gate.destroy();
      });

      Deno.test(`${name}: the same, the stream split at any byte`, async () => {
        const good = (payload: string, id: number) =>
          publishPacket({ topic: "t", payload, qos: qos === 0 ? 0 : 1, id, version });
        const stream = concat(
          CONNACK[version],
          good("1", 1),
          invalid(breach, topic, qos, version),
          good("3", 3),
        );
        for (let split = 1; split < stream.length; split++) {
          const b = bench({ version });
          b.byteStream.send(stream.subarray(0, split), stream.subarray(split));
          assert.deepEqual(await recordAll(b), { rows: ["1", "3"], leftOut: 1 }, `at ${split}`);
          assert.deepEqual(b.errors, []);
        }
      });
    }
  }
}

Deno.test("an invalid message alone is delivered, so that it is logged and acknowledged", async () => {
  for (const qos of [0, 1, 2] as const) {
    const b = bench();
    b.byteStream.send(connack(), publishPacket({ topic: "#", payload: "", qos, id: 9 }));
    const delivery = await next(b);
    assert.equal(delivery.batch.count, 0);
    assert.equal(leftOut(delivery).length, 1);
    assert.equal(b.session.receiveQueue.unacknowledged, true);
    delivery.ack();
    await settle();
    assert.deepEqual(b.byteStream.written, qos === 0 ? [] : [qos === 1 ? 0x40 : 0x50, 2, 0, 9]);
    assert.equal(b.session.receiveQueue.unacknowledged, false);
    b.gate.destroy();
  }
});

Deno.test("MQTT 3.1.1: the exchange of an invalid message with QoS 2 goes to its end, and counts once", async () => {
  const b = bench();
  const bad = (dup: boolean) => publishPacket({ topic: "a/#", payload: "bad", qos: 2, id: 5, dup });
  b.byteStream.send(connack(), bad(false), bad(true), pubrel(5));
  await settle();
  const delivery = await next(b);
  assert.deepEqual(leftOut(delivery).map(({ count }) => count), [1]);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x50, 2, 0, 5, 0x50, 2, 0, 5, 0x70, 2, 0, 5]);
  b.gate.destroy();
});

Deno.test("MQTT 5: a refusal ends the exchange of QoS 2, and its identifier is free", async () => {
  const b = bench({ version: 5 });
  const qos2 = (topic: string, payload: string, dup = false) =>
    publishPacket({ topic, payload, qos: 2, id: 5, version: 5, dup });
  b.byteStream.send(CONNACK[5], qos2("a/#", "bad"), qos2("t", "good", true));
  await settle();
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["good"]);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x50, 3, 0, 5, 0x90, 0x50, 2, 0, 5]);
  b.gate.destroy();
});

Deno.test("refusals die with their connection, like all acknowledgements", async () => {
  const b = bench({ version: 5 });
  b.byteStream.send(
    CONNACK[5],
    publishPacket({ topic: "+", payload: "", qos: 1, id: 1, version: 5 }),
  );
  await settle();
  b.gate.destroy();
  const again = bench({ session: b.session, version: 5 });
  again.byteStream.send(
    Uint8Array.of(0x20, 3, 1, 0, 0),
    publishPacket({ topic: "t", payload: "1", qos: 1, id: 0x0300, version: 5 }),
  );
  await settle();
  const delivery = await next(again);
  delivery.ack();
  await settle();
  // Not one byte more: that identifier looks like the mark of a refusal.
  assert.deepEqual([b.byteStream.written, again.byteStream.written], [[], [0x40, 2, 3, 0]]);
  again.gate.destroy();
});

Deno.test("a flood of invalid messages with QoS 1 is cut into batches, and bounded in memory", async () => {
  const b = bench();
  b.byteStream.send(connack());
  for (let i = 0; i < 2; i++) {
    const block = Array.from(
      { length: 1_000 },
      (_, k) => publishPacket({ topic: `+/${i}/${k}`, payload: "bad", qos: 1, id: 1 + k }),
    );
    b.byteStream.send(concat(...block));
  }
  await settle();
  for (let i = 0; i < 2; i++) {
    const delivery = await next(b);
    const kinds = leftOut(delivery);
    assert.equal(kinds.length, 17);
    assert.equal(kinds.reduce((sum, { count }) => sum + count, 0), 1_000);
    delivery.ack();
  }
  b.gate.destroy();
});

Deno.test("with --count invalid messages do not count, and are left to the next run beyond it", async () => {
  const b = bench();
  b.session.receiveQueue.wanted = 1;
  const bad = (id: number) => publishPacket({ topic: "#", payload: "bad", qos: 1, id });
  const good = publishPacket({ topic: "t", payload: "1", qos: 1, id: 2 });
  b.byteStream.send(connack(), concat(bad(1), good, bad(3)));
  const delivery = await next(b);
  assert.deepEqual([texts(delivery), leftOut(delivery).length], [["1"], 1]);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1, 0x40, 2, 0, 2]);
  b.gate.destroy();
});

Deno.test("an invalid message that nobody wants is acknowledged, and is nothing that is missed", async () => {
  const { session } = bench();
  const b = bench({ session: { ...session, messageFilter: new MessageFilter({ maxPayload: 2 }) } });
  b.byteStream.send(connack(), publishPacket({ topic: "#", payload: "bad", qos: 1, id: 1 }));
  const delivery = await next(b);
  assert.equal(delivery.leftOut, undefined);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1]);
  b.gate.destroy();
});

Deno.test("a topic alias beside its topic is recorded, one without ends the connection", async () => {
  const alias = [0x23, 0, 1];
  const b = bench({ version: 5 });
  b.byteStream.send(
    CONNACK[5],
    publishPacket({ topic: "t", payload: "1", version: 5, properties: alias }),
    publishPacket({ topic: "", payload: "2", version: 5, properties: alias }),
    publishPacket({ topic: "t", payload: "3", version: 5 }),
  );
  await settle();
  assert.deepEqual(texts(await next(b)), ["1"]);
  assert.deepEqual(b.errors.map(({ message }) => message), [
    "Cannot read a packet from the broker: PUBLISH without a topic",
  ]);
});

Deno.test("a packet that ends the connection is quoted, escaped, with what is wrong with it", async () => {
  const b = bench({ version: 5 });
  const topic = concat(bytes("a\x1b"), Uint8Array.of(0, 0xff));
  b.byteStream.send(CONNACK[5], publishPacket({ topic, payload: "p", version: 5 }));
  await settle();
  const [error] = b.errors as unknown as { sent: string; afterConnack: boolean }[];
  assert.equal(error!.sent, "0\\b\\x00\\x04a\\x1b\\x00\\xff\\x00p".replace("\\b", "\\x08"));
  assert.equal(error!.afterConnack, true);
});
