/** Invalid messages in a stream of good ones: rows, acknowledgements, counts. */

import assert from "node:assert/strict";
import type { Delivery } from "../../lib/message/delivery.ts";
import type { QoS } from "../../lib/message/message.ts";
import { MessageFilter } from "../../lib/mqtt/message_filter.ts";
import { bytes, concat, START } from "../support/arbitrary.ts";
import {
  ended,
  type GateFixture,
  gateFixture,
  next,
  runTurns,
  texts,
} from "../support/gate_fixture.ts";
import { connack, publishPacket, pubrel } from "../support/packets.ts";

const CONNACK = { 4: connack(), 5: Uint8Array.of(0x20, 3, 0, 0, 0) };

/** Each breach at each QoS that allows it. */
const INVALID: readonly (readonly [string, string | Uint8Array, readonly QoS[]])[] = [
  ["DUP at QoS 0", "a/b", [0]],
  ["wildcard in the topic", "a/+/b", [0, 1, 2]],
  ["topic not UTF-8", Uint8Array.of(0x4b, 0xfc, 0x63, 0x68, 0x65), [0, 1, 2]],
];

/** The messages left out of a delivery. */
const leftOut = ({ leftOut = [] }: Delivery) => [...leftOut];

/** A message that breaks a rule, with a payload of three bytes. */
function invalid(breach: string, topic: string | Uint8Array, qos: QoS, version: 4 | 5, id = 2) {
  const dup = breach === "DUP at QoS 0";
  return publishPacket({ topic, payload: "bad", qos, id, dup, version });
}

/** Reads to the end, records and acknowledges everything. */
async function recordAll(b: GateFixture) {
  const found = { rows: [] as string[], leftOut: 0 };
  b.byteStream.end();
  await ended(b);
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

      Deno.test(`AckGate leaves out ${name}, records the others, acknowledges all`, async () => {
        const b = gateFixture({ version });
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
        await runTurns();
        assert.deepEqual(b.byteStream.written, []);
        delivery.ack();
        await runTurns();
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

      Deno.test(`AckGate leaves out ${name} in a stream split at any byte`, async () => {
        const good = (payload: string, id: number) =>
          publishPacket({ topic: "t", payload, qos: qos === 0 ? 0 : 1, id, version });
        const stream = concat(
          CONNACK[version],
          good("1", 1),
          invalid(breach, topic, qos, version),
          good("3", 3),
        );
        for (let split = 1; split < stream.length; split++) {
          const b = gateFixture({ version });
          b.byteStream.send(stream.subarray(0, split), stream.subarray(split));
          assert.deepEqual(await recordAll(b), { rows: ["1", "3"], leftOut: 1 }, `at ${split}`);
          assert.deepEqual(b.errors, []);
        }
      });
    }
  }
}

Deno.test("AckGate delivers a single invalid message, so that it is logged and acknowledged", async () => {
  for (const qos of [0, 1, 2] as const) {
    const b = gateFixture();
    b.byteStream.send(connack(), publishPacket({ topic: "#", payload: "", qos, id: 9 }));
    const delivery = await next(b);
    assert.equal(delivery.batch.count, 0);
    assert.equal(leftOut(delivery).length, 1);
    assert.equal(b.session.receiveQueue.unacknowledged, true);
    delivery.ack();
    await runTurns();
    assert.deepEqual(b.byteStream.written, qos === 0 ? [] : [qos === 1 ? 0x40 : 0x50, 2, 0, 9]);
    assert.equal(b.session.receiveQueue.unacknowledged, false);
    b.gate.destroy();
  }
});

Deno.test("AckGate completes QoS 2 of an invalid message in MQTT 3.1.1, and counts it once", async () => {
  const b = gateFixture();
  const bad = (dup: boolean) => publishPacket({ topic: "a/#", payload: "bad", qos: 2, id: 5, dup });
  b.byteStream.send(connack(), bad(false), bad(true), pubrel(5));
  await runTurns();
  const delivery = await next(b);
  assert.deepEqual(leftOut(delivery).map(({ count }) => count), [1]);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x50, 2, 0, 5, 0x50, 2, 0, 5, 0x70, 2, 0, 5]);
  b.gate.destroy();
});

Deno.test("AckGate ends QoS 2 with a refusal in MQTT 5, which frees the identifier", async () => {
  const b = gateFixture({ version: 5 });
  const qos2 = (topic: string, payload: string, dup = false) =>
    publishPacket({ topic, payload, qos: 2, id: 5, version: 5, dup });
  b.byteStream.send(CONNACK[5], qos2("a/#", "bad"), qos2("t", "good", true));
  await runTurns();
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["good"]);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x50, 3, 0, 5, 0x90, 0x50, 2, 0, 5]);
  b.gate.destroy();
});

Deno.test("AckGate drops refusals of a closed connection, like all acknowledgements", async () => {
  const b = gateFixture({ version: 5 });
  b.byteStream.send(
    CONNACK[5],
    publishPacket({ topic: "+", payload: "", qos: 1, id: 1, version: 5 }),
  );
  await runTurns();
  b.gate.destroy();
  const again = gateFixture({ session: b.session, version: 5 });
  again.byteStream.send(
    Uint8Array.of(0x20, 3, 1, 0, 0),
    publishPacket({ topic: "t", payload: "1", qos: 1, id: 0x0300, version: 5 }),
  );
  await runTurns();
  const delivery = await next(again);
  delivery.ack();
  await runTurns();
  // No extra byte: this identifier looks like the mark of a refusal.
  assert.deepEqual([b.byteStream.written, again.byteStream.written], [[], [0x40, 2, 3, 0]]);
  again.gate.destroy();
});

Deno.test("AckGate cuts a flood of invalid messages into batches, with bounded memory", async () => {
  const b = gateFixture();
  b.byteStream.send(connack());
  for (let i = 0; i < 2; i++) {
    const block = Array.from(
      { length: 1_000 },
      (_, k) => publishPacket({ topic: `+/${i}/${k}`, payload: "bad", qos: 1, id: 1 + k }),
    );
    b.byteStream.send(concat(...block));
  }
  await runTurns();
  for (let i = 0; i < 2; i++) {
    const delivery = await next(b);
    const kinds = leftOut(delivery);
    assert.equal(kinds.length, 17);
    assert.equal(kinds.reduce((sum, { count }) => sum + count, 0), 1_000);
    delivery.ack();
  }
  b.gate.destroy();
});

Deno.test("AckGate does not count invalid messages for --count, and leaves later ones unacknowledged", async () => {
  const b = gateFixture();
  b.session.receiveQueue.wanted = 1;
  const bad = (id: number) => publishPacket({ topic: "#", payload: "bad", qos: 1, id });
  const good = publishPacket({ topic: "t", payload: "1", qos: 1, id: 2 });
  b.byteStream.send(connack(), concat(bad(1), good, bad(3)));
  const delivery = await next(b);
  assert.deepEqual([texts(delivery), leftOut(delivery).length], [["1"], 1]);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1, 0x40, 2, 0, 2]);
  b.gate.destroy();
});

Deno.test("AckGate acknowledges an invalid message that the filter leaves out, without reporting it", async () => {
  const { session } = gateFixture();
  const b = gateFixture({
    session: { ...session, messageFilter: new MessageFilter({ maxPayload: 2 }) },
  });
  b.byteStream.send(connack(), publishPacket({ topic: "#", payload: "bad", qos: 1, id: 1 }));
  const delivery = await next(b);
  assert.equal(delivery.leftOut, undefined);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1]);
  b.gate.destroy();
});

Deno.test("AckGate records a topic alias with a topic, and ends the connection on one without", async () => {
  const alias = [0x23, 0, 1];
  const b = gateFixture({ version: 5 });
  b.byteStream.send(
    CONNACK[5],
    publishPacket({ topic: "t", payload: "1", version: 5, properties: alias }),
    publishPacket({ topic: "", payload: "2", version: 5, properties: alias }),
    publishPacket({ topic: "t", payload: "3", version: 5 }),
  );
  await runTurns();
  assert.deepEqual(texts(await next(b)), ["1"]);
  assert.deepEqual(b.errors.map(({ message }) => message), [
    "Cannot read a packet from the broker: PUBLISH without a topic",
  ]);
});

Deno.test("AckGate quotes a malformed packet, escaped, and names the broken rule", async () => {
  const b = gateFixture({ version: 5 });
  const topic = concat(bytes("a\x1b"), Uint8Array.of(0, 0xff));
  b.byteStream.send(CONNACK[5], publishPacket({ topic, payload: "p", version: 5 }));
  await runTurns();
  const [error] = b.errors as unknown as { sent: string; afterConnack: boolean }[];
  assert.equal(error!.sent, "0\\b\\x00\\x04a\\x1b\\x00\\xff\\x00p".replace("\\b", "\\x08"));
  assert.equal(error!.afterConnack, true);
});
