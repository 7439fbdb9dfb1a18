import assert from "node:assert/strict";
import { AckGate, type Session } from "../lib/ack_gate.ts";
import { type Delivery, Intake } from "../lib/intake.ts";
import { concat, seeded, START } from "./arbitrary.ts";
import { connack, FakeWire, publishPacket, pubrel } from "./packets.ts";

const PINGREQ = Uint8Array.of(0xc0, 0), PINGRESP = Uint8Array.of(0xd0, 0);

/** Lets everything run that needs no time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

interface Bench {
  readonly gate: AckGate;
  readonly wire: FakeWire;
  readonly session: Session;
  readonly deliveries: AsyncGenerator<Delivery>;
  /** What npm:mqtt would have received. */
  readonly passed: number[];
  readonly errors: Error[];
}

function bench(
  { session, version = 4 }: { session?: Session; version?: 4 | 5 } = {},
): Bench {
  session ??= { intake: new Intake(), incoming: new Set(), now: () => START };
  const wire = new FakeWire();
  const gate = new AckGate(wire, session, version);
  const passed: number[] = [];
  const errors: Error[] = [];
  gate.on("data", (chunk: Uint8Array) => passed.push(...chunk));
  gate.on("error", (error: Error) => errors.push(error));
  return { gate, wire, session, deliveries: session.intake.deliveries(), passed, errors };
}

async function next({ deliveries }: Bench): Promise<Delivery> {
  const { value, done } = await deliveries.next();
  assert.ok(!done);
  return value;
}

const texts = (delivery: Delivery) =>
  [...delivery.batch].map(({ payload }) => new TextDecoder().decode(payload));

/** The rows taken in so far, without waiting for any. */
function rows({ session }: Bench): string[] {
  return [...session.intake.batch].map(({ payload }) => new TextDecoder().decode(payload));
}

const publish = (payload: string, qos: 0 | 1 | 2 = 0, id = 1, dup = false) =>
  publishPacket({ topic: "t", payload, qos, id, dup });

Deno.test("messages are taken out of the stream and the rest passes", async () => {
  const b = bench();
  const suback = Uint8Array.of(0x90, 3, 0, 1, 1);
  b.wire.send(concat(connack(), publish("1", 1), suback, publish("2"), PINGRESP));
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1", "2"]);
  assert.equal(delivery.batch.time(0), START);
  await settle();
  assert.deepEqual(b.passed, [...connack(), ...suback, ...PINGRESP]);
  b.gate.destroy();
});

Deno.test("acknowledgements leave only after release(), in order", async () => {
  const b = bench();
  b.wire.send(connack(), concat(publish("1", 1, 1), publish("2", 2, 2), publish("3", 1, 3)));
  const delivery = await next(b);
  b.wire.send(publish("4", 1, 4));
  await settle();
  assert.deepEqual(b.wire.written, []);
  delivery.release();
  await settle();
  assert.deepEqual(b.wire.written, [0x40, 2, 0, 1, 0x50, 2, 0, 2, 0x40, 2, 0, 3]);
  (await next(b)).release();
  await b.gate.flush();
  assert.deepEqual(b.wire.written.slice(12), [0x40, 2, 0, 4]);
  b.gate.destroy();
});

Deno.test("what npm:mqtt writes passes at once, though acknowledgements wait", async () => {
  const b = bench();
  b.wire.send(connack(), publish("1", 1, 1));
  const delivery = await next(b);
  const written = new Promise((resolve) => b.gate.write(PINGREQ, resolve));
  await written;
  assert.deepEqual(b.wire.written, [...PINGREQ]);
  delivery.release();
  await settle();
  assert.deepEqual(b.wire.written, [...PINGREQ, 0x40, 2, 0, 1]);
  b.gate.destroy();
});

Deno.test("acknowledgements are dropped when their connection is gone", async () => {
  const b = bench();
  b.wire.send(connack(), publish("1", 1, 1));
  const delivery = await next(b);
  b.wire.end();
  await settle();
  assert.equal(b.gate.destroyed, true);
  const again = bench({ session: b.session });
  again.wire.send(connack(true), publish("1", 1, 7, true));
  await settle();
  delivery.release();
  await settle();
  assert.deepEqual([b.wire.written, again.wire.written], [[], []]);
  (await next(again)).release();
  await settle();
  assert.deepEqual(again.wire.written, [0x40, 2, 0, 7]);
  again.gate.destroy();
});

Deno.test("QoS 2: a repeated PUBLISH makes one row, PUBREL ends its identifier", async () => {
  const b = bench();
  b.wire.send(connack(), publish("1", 2, 5), publish("1", 2, 5, true), pubrel(5));
  await settle();
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1"]);
  assert.deepEqual(b.wire.written, []);
  delivery.release();
  await settle();
  assert.deepEqual(b.wire.written, [0x50, 2, 0, 5, 0x50, 2, 0, 5, 0x70, 2, 0, 5]);
  b.wire.send(publish("2", 2, 5));
  assert.deepEqual(texts(await next(b)), ["2"]);
  b.gate.destroy();
});

Deno.test("QoS 2: a PUBREL for an unknown identifier is completed", async () => {
  const b = bench();
  b.wire.send(connack(true), pubrel(0x1234));
  const delivery = await next(b);
  assert.equal(delivery.batch.count, 0);
  delivery.release();
  await settle();
  assert.deepEqual(b.wire.written, [0x70, 2, 0x12, 0x34]);
  b.gate.destroy();
});

Deno.test("QoS 2: identifiers outlive a connection with the session, and only with it", async () => {
  for (const resumed of [true, false]) {
    const first = bench();
    first.wire.send(connack(), publish("1", 2, 5));
    await settle();
    first.gate.destroy();
    const second = bench({ session: first.session });
    second.wire.send(connack(resumed), publish("1", 2, 5, resumed));
    await settle();
    assert.deepEqual(rows(second), resumed ? ["1"] : ["1", "1"]);
    second.gate.destroy();
  }
});

Deno.test("a stream split at any byte gives the same rows", async () => {
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
    const b = bench();
    b.wire.send(stream.subarray(0, split), stream.subarray(split));
    b.wire.end();
    while (!b.gate.destroyed) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(rows(b), ["1", large, "", "3"], `split at ${split}`);
    assert.deepEqual(b.passed, [...connack(), ...PINGRESP]);
    assert.deepEqual(b.errors, []);
  }
  const b = bench();
  b.wire.send(...Array.from(stream, (byte) => Uint8Array.of(byte)));
  b.wire.end();
  while (!b.gate.destroyed) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(rows(b), ["1", large, "", "3"]);
});

Deno.test("a message larger than any buffer arrives whole", async () => {
  const b = bench();
  const payload = Uint8Array.from({ length: 3_000_001 }, (_, i) => i * 7 & 255);
  const packet = publishPacket({ topic: "big", payload, qos: 1, id: 1 });
  b.wire.send(connack(), publish("before"));
  for (let at = 0; at < packet.length; at += 60_001) {
    b.wire.send(packet.subarray(at, at + 60_001));
  }
  b.wire.send(publish("after"));
  b.wire.end();
  await settle();
  while (!b.gate.destroyed) await settle();
  const { batch } = b.session.intake;
  assert.equal(batch.count, 3);
  assert.deepEqual(batch.at(1).payload, payload);
  assert.deepEqual(batch.at(2).topic, "t");
});

Deno.test("nothing is taken in behind a malformed packet, what came before is kept", async () => {
  const b = bench();
  const deliveries = b.deliveries.next();
  b.wire.send(connack(), concat(publish("good", 1, 1), Uint8Array.of(0x36, 0), publish("forged")));
  const { value } = await deliveries;
  assert.deepEqual(texts(value as Delivery), ["good"]);
  await settle();
  assert.equal(b.gate.destroyed, true);
  assert.equal(b.wire.closed, true);
  assert.deepEqual(b.errors.map(({ name }) => name), ["MalformedPacketError"]);
  assert.deepEqual(rows(b), []);
});

Deno.test("messages before CONNACK and a second CONNACK end the connection", async () => {
  for (
    const stream of [
      publish("early", 1, 1),
      pubrel(1),
      concat(connack(), connack()),
    ]
  ) {
    const b = bench();
    b.wire.send(concat(stream, publish("forged", 1, 2)));
    await settle();
    assert.deepEqual(b.errors.map(({ name }) => name), ["MalformedPacketError"]);
    assert.deepEqual(rows(b), []);
    assert.ok(b.passed.length <= 4);
  }
});

Deno.test("mutated streams neither hang nor give a row behind an error", async () => {
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
    const b = bench();
    const split = 1 + random(stream.length - 1);
    b.wire.send(stream.subarray(0, split), stream.subarray(split));
    b.wire.end();
    for (let i = 0; i < 10 && !b.gate.destroyed; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(b.gate.destroyed, true);
    if (b.errors.length === 0) continue;
    malformed++;
    const before = b.session.intake.received;
    b.wire.send(publish("forged"));
    await Promise.resolve();
    assert.equal(b.session.intake.received, before);
  }
  assert.ok(malformed > 500, `${malformed} malformed`);
});

Deno.test("a full batch stops the reading until it is taken", async () => {
  const b = bench();
  const many = concat(...Array.from({ length: 4096 }, () => publish("x")));
  b.wire.send(connack(), many, publish("late"));
  await settle();
  assert.equal(rows(b).length, 4096);
  const { reads } = b.wire;
  await settle();
  assert.equal(b.wire.reads, reads);
  const delivery = await next(b);
  assert.equal(delivery.batch.count, 4096);
  await settle();
  assert.deepEqual(rows(b), ["late"]);
  b.gate.destroy();
});

Deno.test("PINGREQ is answered here while reading is held back, and only once", async () => {
  const b = bench();
  const many = concat(...Array.from({ length: 4096 }, () => publish("x")));
  b.wire.send(connack());
  await settle();
  // One the broker has not answered when the reading stops, one sent while it is stopped.
  b.gate.write(PINGREQ);
  b.wire.send(many);
  await settle();
  b.gate.write(PINGREQ);
  await settle();
  assert.deepEqual(b.wire.written, [...PINGREQ, ...PINGREQ]);
  assert.deepEqual(b.passed, [...connack(), ...PINGRESP, ...PINGRESP]);
  // The broker's own answers come late and are not passed a second time.
  b.wire.send(PINGRESP, PINGRESP);
  (await next(b)).release();
  await settle();
  assert.equal(b.passed.length, 4 + 4);
  b.gate.write(PINGREQ);
  b.wire.send(PINGRESP);
  await settle();
  assert.equal(b.passed.length, 4 + 6);
  b.gate.destroy();
});

Deno.test("with --count what is beyond it is neither recorded nor acknowledged", async () => {
  const b = bench();
  b.session.intake.wanted = 2;
  b.wire.send(
    connack(),
    concat(publish("1", 1, 1), publish("2", 2, 2), publish("3", 2, 3), publish("4", 1, 4)),
  );
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1", "2"]);
  delivery.release();
  await settle();
  assert.deepEqual(b.wire.written, [0x40, 2, 0, 1, 0x50, 2, 0, 2]);
  assert.equal(b.session.intake.received, 2);
  b.gate.destroy();
});

Deno.test("a connection cut inside a packet ends the stream without a row of it", async () => {
  const b = bench();
  b.wire.send(concat(connack(), publish("1")), publish("cut off").subarray(0, 8));
  b.wire.end();
  await settle();
  assert.equal(b.gate.destroyed, true);
  assert.deepEqual(rows(b), ["1"]);
  assert.deepEqual(b.errors, []);
});

Deno.test("a refusal followed by the end of the connection is still passed on", async () => {
  const b = bench();
  b.wire.send(Uint8Array.of(0x20, 2, 0, 5));
  b.wire.end();
  await settle();
  assert.deepEqual(b.passed, [0x20, 2, 0, 5]);
});

Deno.test("a wire that cannot be written to ends the connection", async () => {
  const b = bench();
  b.wire.send(connack());
  await settle();
  b.wire.write = () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
  b.gate.write(PINGREQ);
  await settle();
  assert.equal(b.gate.destroyed, true);
  assert.deepEqual(b.errors.length, 1);
});
