import assert from "node:assert/strict";
import type { Delivery } from "../../lib/message/delivery.ts";
import { concat, seeded } from "../support/arbitrary.ts";
import { ended, gateFixture, publish, rows, runTurns, texts } from "../support/gate_fixture.ts";
import { connack, publishPacket, pubrel } from "../support/packets.ts";

const PINGRESP = Uint8Array.of(0xd0, 0);

Deno.test("AckGate makes the same rows from a stream split at any byte", async () => {
  const large = "x".repeat(300);
  const stream = concat(
    connack(),
    publish("1", 1, 1),
    PINGRESP,
    publish(large, 2, 2),
    pubrel(2),
    publish("", 0),
    publish("3", 1, 3),
  );
  for (let split = 1; split < stream.length; split++) {
    const b = gateFixture();
    b.byteStream.send(stream.subarray(0, split), stream.subarray(split));
    b.byteStream.end();
    await ended(b);
    assert.deepEqual(rows(b), ["1", large, "", "3"], `split at ${split}`);
    assert.deepEqual(b.passed, [...connack(), ...PINGRESP]);
    assert.deepEqual(b.errors, []);
  }
  const b = gateFixture();
  b.byteStream.send(...Array.from(stream, (byte) => Uint8Array.of(byte)));
  b.byteStream.end();
  await ended(b);
  assert.deepEqual(rows(b), ["1", large, "", "3"]);
});

Deno.test("AckGate passes on one PINGRESP of a read, however many the broker sends", async () => {
  const b = gateFixture();
  const flood = concat(...Array.from({ length: 1_000 }, () => PINGRESP));
  b.byteStream.send(connack(), concat(flood, publish("1"), flood, pubrel(1)), PINGRESP);
  b.byteStream.end();
  await ended(b);
  assert.deepEqual(b.passed, [...connack(), ...PINGRESP, ...PINGRESP]);
  assert.deepEqual(rows(b), ["1"]);
  assert.deepEqual(b.errors, []);
});

Deno.test("AckGate receives a message larger than any buffer whole", async () => {
  const b = gateFixture();
  const payload = Uint8Array.from({ length: 600_001 }, (_, i) => i * 7 & 255);
  const packet = publishPacket({ topic: "big", payload, qos: 1, id: 1 });
  b.byteStream.send(connack(), publish("before"));
  for (let at = 0; at < packet.length; at += 60_001) {
    b.byteStream.send(packet.subarray(at, at + 60_001));
  }
  b.byteStream.send(publish("after"));
  b.byteStream.end();
  await ended(b);
  const { batch } = b.session.receiveQueue;
  assert.equal(batch.count, 3);
  assert.deepEqual(batch.at(1).payload, payload);
  assert.deepEqual(batch.at(2).topic, "t");
});

Deno.test("AckGate keeps the rows before a malformed packet and reads nothing after it", async () => {
  const b = gateFixture();
  const deliveries = b.deliveries.next();
  b.byteStream.send(
    connack(),
    concat(publish("good", 1, 1), Uint8Array.of(0x36, 0), publish("forged")),
  );
  const { value } = await deliveries;
  assert.deepEqual(texts(value as Delivery), ["good"]);
  await runTurns();
  assert.equal(b.gate.destroyed, true);
  assert.equal(b.byteStream.closed, true);
  assert.deepEqual(b.errors.map(({ name }) => name), ["MalformedPacketError"]);
  assert.deepEqual(rows(b), []);
});

Deno.test("AckGate ends the connection on a message before CONNACK and on a second CONNACK", async () => {
  for (
    const stream of [
      publish("early", 1, 1),
      pubrel(1),
      concat(connack(), connack()),
    ]
  ) {
    const b = gateFixture();
    b.byteStream.send(concat(stream, publish("forged", 1, 2)));
    await runTurns();
    assert.deepEqual(b.errors.map(({ name }) => name), ["MalformedPacketError"]);
    assert.deepEqual(rows(b), []);
    assert.ok(b.passed.length <= 4);
  }
});

Deno.test("AckGate neither hangs on a mutated stream nor makes a row after an error", async () => {
  const random = seeded(23);
  let malformed = 0;
  for (let round = 0; round < 2000; round++) {
    const packets = Array.from({ length: 6 }, (_, i) =>
      publishPacket({
        topic: `t/${i}`,
        payload: "p".repeat(random(20)),
        qos: random(3) as 0 | 1 | 2,
        id: i + 1,
      }));
    const stream = concat(connack(), ...packets);
    for (let n = 1 + random(3); n > 0; n--) {
      stream[4 + random(stream.length - 4)] = random(256);
    }
    const b = gateFixture();
    const split = 1 + random(stream.length - 1);
    b.byteStream.send(stream.subarray(0, split), stream.subarray(split));
    b.byteStream.end();
    for (let i = 0; i < 10 && !b.gate.destroyed; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(b.gate.destroyed, true);
    if (b.errors.length === 0) continue;
    malformed++;
    const before = b.session.receiveQueue.received;
    b.byteStream.send(publish("forged"));
    await Promise.resolve();
    assert.equal(b.session.receiveQueue.received, before);
  }
  assert.ok(malformed > 500, `${malformed} malformed`);
});

Deno.test("AckGate ends the stream without a row if the connection is cut inside a packet", async () => {
  const b = gateFixture();
  b.byteStream.send(concat(connack(), publish("1")), publish("cut off").subarray(0, 8));
  b.byteStream.end();
  await runTurns();
  assert.equal(b.gate.destroyed, true);
  assert.deepEqual(rows(b), ["1"]);
  assert.deepEqual(b.errors, []);
});
