import assert from "node:assert/strict";
import { concat, START } from "../support/arbitrary.ts";
import { bench, next, publish, rows, settle, texts } from "../support/gate_fixture.ts";
import { connack, pubrel } from "../support/packets.ts";

const PINGREQ = Uint8Array.of(0xc0, 0), PINGRESP = Uint8Array.of(0xd0, 0);

Deno.test("messages are taken out of the stream and the rest passes", async () => {
  const b = bench();
  const suback = Uint8Array.of(0x90, 3, 0, 1, 1);
  b.byteStream.send(concat(connack(), publish("1", 1), suback, publish("2"), PINGRESP));
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1", "2"]);
  assert.equal(delivery.batch.time(0), START);
  await settle();
  assert.deepEqual(b.passed, [...connack(), ...suback, ...PINGRESP]);
  b.gate.destroy();
});

Deno.test("acknowledgements leave only after ack(), in order", async () => {
  const b = bench();
  b.byteStream.send(connack(), concat(publish("1", 1, 1), publish("2", 2, 2), publish("3", 1, 3)));
  const delivery = await next(b);
  b.byteStream.send(publish("4", 1, 4));
  await settle();
  assert.deepEqual(b.byteStream.written, []);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1, 0x50, 2, 0, 2, 0x40, 2, 0, 3]);
  (await next(b)).ack();
  await b.gate.flush();
  assert.deepEqual(b.byteStream.written.slice(12), [0x40, 2, 0, 4]);
  b.gate.destroy();
});

Deno.test("what npm:mqtt writes passes at once, though acknowledgements wait", async () => {
  const b = bench();
  b.byteStream.send(connack(), publish("1", 1, 1));
  const delivery = await next(b);
  const written = new Promise((resolve) => b.gate.write(PINGREQ, resolve));
  await written;
  assert.deepEqual(b.byteStream.written, [...PINGREQ]);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [...PINGREQ, 0x40, 2, 0, 1]);
  b.gate.destroy();
});

Deno.test("acknowledgements are dropped when their connection is gone", async () => {
  const b = bench();
  b.byteStream.send(connack(), publish("1", 1, 1));
  const delivery = await next(b);
  b.byteStream.end();
  await settle();
  assert.equal(b.gate.destroyed, true);
  const again = bench({ session: b.session });
  again.byteStream.send(connack(true), publish("1", 1, 7, true));
  await settle();
  delivery.ack();
  await settle();
  assert.deepEqual([b.byteStream.written, again.byteStream.written], [[], []]);
  (await next(again)).ack();
  await settle();
  assert.deepEqual(again.byteStream.written, [0x40, 2, 0, 7]);
  again.gate.destroy();
});

Deno.test("QoS 2: a repeated PUBLISH makes one row, PUBREL ends its identifier", async () => {
  const b = bench();
  b.byteStream.send(connack(), publish("1", 2, 5), publish("1", 2, 5, true), pubrel(5));
  await settle();
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1"]);
  assert.deepEqual(b.byteStream.written, []);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x50, 2, 0, 5, 0x50, 2, 0, 5, 0x70, 2, 0, 5]);
  b.byteStream.send(publish("2", 2, 5));
  assert.deepEqual(texts(await next(b)), ["2"]);
  b.gate.destroy();
});

Deno.test("QoS 2: an identifier given out anew is a new message, as it has no DUP", async () => {
  const b = bench();
  b.byteStream.send(connack(), publish("1", 2, 5), publish("2", 2, 5), publish("2", 2, 5, true));
  await settle();
  assert.deepEqual(rows(b), ["1", "2"]);
  b.gate.destroy();
});

Deno.test("QoS 2: a PUBREL for an unknown identifier is completed", async () => {
  const b = bench();
  b.byteStream.send(connack(true), pubrel(0x1234));
  const delivery = await next(b);
  assert.equal(delivery.batch.count, 0);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x70, 2, 0x12, 0x34]);
  b.gate.destroy();
});

Deno.test("QoS 2: identifiers outlive a connection with the session, and only with it", async () => {
  for (const resumed of [true, false]) {
    const first = bench();
    first.byteStream.send(connack(), publish("1", 2, 5));
    await settle();
    first.gate.destroy();
    const second = bench({ session: first.session });
    second.byteStream.send(connack(resumed), publish("1", 2, 5, resumed));
    await settle();
    assert.deepEqual(rows(second), resumed ? ["1"] : ["1", "1"]);
    second.gate.destroy();
  }
});

const SUBACK = Uint8Array.of(0x90, 3, 0, 1, 1);
/** As many messages as are let in. */
const FLOOD = concat(...Array.from({ length: 16 }, () => publish("x".repeat(1 << 20))));

Deno.test("a full receive queue stops the reading until a batch is taken", async () => {
  const b = bench();
  b.byteStream.send(connack(), SUBACK, FLOOD, publish("late"));
  await settle();
  assert.equal(b.session.receiveQueue.received, 16);
  const { reads } = b.byteStream;
  await settle();
  assert.equal(b.byteStream.reads, reads);
  await next(b);
  await settle();
  assert.equal(b.session.receiveQueue.received, 17);
  b.gate.destroy();
});

Deno.test("nothing is held back before SUBACK, as nobody takes batches until then", async () => {
  const b = bench();
  b.byteStream.send(connack(true), FLOOD, publish("late"), SUBACK, publish("later"));
  await settle();
  assert.equal(b.session.receiveQueue.received, 17);
  assert.deepEqual(b.passed, [...connack(true), ...SUBACK]);
  b.gate.destroy();
});

Deno.test("PINGREQ is answered here while reading is held back, and only once", async () => {
  const b = bench();
  b.byteStream.send(connack(), SUBACK);
  await settle();
  const before = b.passed.length;
  // One the broker has not answered when the reading stops, one sent while it is stopped.
  b.gate.write(PINGREQ);
  b.byteStream.send(FLOOD);
  await settle();
  assert.deepEqual(b.passed.slice(before), [...PINGRESP]);
  b.gate.write(PINGREQ);
  await settle();
  assert.deepEqual(b.byteStream.written, [...PINGREQ, ...PINGREQ]);
  assert.deepEqual(b.passed.slice(before), [...PINGRESP, ...PINGRESP]);
  // The broker's own answers come late and are not passed a second time.
  b.byteStream.send(PINGRESP, PINGRESP);
  (await next(b)).ack();
  await settle();
  assert.equal(b.passed.length, before + 4);
  b.gate.write(PINGREQ);
  b.byteStream.send(PINGRESP);
  await settle();
  assert.equal(b.passed.length, before + 6);
  b.gate.destroy();
});

Deno.test("behind 1,000 acknowledgements the broker is asked whether it has read them", async () => {
  const b = bench();
  b.byteStream.send(connack(), SUBACK);
  const messages = (from: number) =>
    concat(...Array.from({ length: 1_000 }, (_, i) => publish("x", 1, from + i)));
  for (const from of [1, 1_001]) {
    b.byteStream.send(messages(from));
    (await next(b)).ack();
  }
  await b.gate.flush();
  // Twice 1,000 acknowledgements of four bytes, and one question at a time.
  assert.equal(b.byteStream.written.length, 8_002);
  assert.deepEqual(b.byteStream.written.slice(4_000, 4_002), [...PINGREQ]);
  // The next batch waits for an answer, which is no business of npm:mqtt's.
  const { length } = b.passed;
  b.byteStream.send(messages(2_001));
  let taken = false;
  const waiting = next(b).then(() => taken = true);
  await settle();
  assert.equal(taken, false);
  b.byteStream.send(PINGRESP);
  await waiting;
  assert.equal(b.passed.length, length);
  b.gate.destroy();
});

Deno.test("with --count what is beyond it is neither recorded nor acknowledged", async () => {
  const b = bench();
  b.session.receiveQueue.wanted = 2;
  b.byteStream.send(
    connack(),
    concat(publish("1", 1, 1), publish("2", 2, 2), publish("3", 2, 3), publish("4", 1, 4)),
  );
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1", "2"]);
  delivery.ack();
  await settle();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1, 0x50, 2, 0, 2]);
  assert.equal(b.session.receiveQueue.received, 2);
  b.gate.destroy();
});

Deno.test("a refusal followed by the end of the connection is still passed on", async () => {
  const b = bench();
  b.byteStream.send(Uint8Array.of(0x20, 2, 0, 5));
  b.byteStream.end();
  await settle();
  assert.deepEqual(b.passed, [0x20, 2, 0, 5]);
});

Deno.test("a byte stream that cannot be written to ends the connection", async () => {
  const b = bench();
  b.byteStream.send(connack());
  await settle();
  b.byteStream.write = () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
  b.gate.write(PINGREQ);
  await settle();
  assert.equal(b.gate.destroyed, true);
  assert.deepEqual(b.errors.length, 1);
});
