import assert from "node:assert/strict";
import type { Backlog } from "../../lib/mqtt/backlog.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import { type Clock, systemClock } from "../../lib/system/clock.ts";
import { concat, START } from "../support/arbitrary.ts";
import { gateFixture, next, publish, rows, runTurns, texts } from "../support/gate_fixture.ts";
import { connack, pubrel } from "../support/packets.ts";

const PINGREQ = Uint8Array.of(0xc0, 0), PINGRESP = Uint8Array.of(0xd0, 0);

Deno.test("AckGate takes messages out of the stream and passes other packets on", async () => {
  const b = gateFixture();
  const suback = Uint8Array.of(0x90, 3, 0, 1, 1);
  b.byteStream.send(concat(connack(), publish("1", 1), suback, publish("2"), PINGRESP));
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1", "2"]);
  assert.equal(delivery.batch.time(0), START);
  await runTurns();
  assert.deepEqual(b.passed, [...connack(), ...suback, ...PINGRESP]);
  b.gate.destroy();
});

Deno.test("AckGate sends acknowledgements only after ack(), in order", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), concat(publish("1", 1, 1), publish("2", 2, 2), publish("3", 1, 3)));
  const delivery = await next(b);
  b.byteStream.send(publish("4", 1, 4));
  await runTurns();
  assert.deepEqual(b.byteStream.written, []);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1, 0x50, 2, 0, 2, 0x40, 2, 0, 3]);
  (await next(b)).ack();
  await b.gate.flush();
  assert.deepEqual(b.byteStream.written.slice(12), [0x40, 2, 0, 4]);
  b.gate.destroy();
});

Deno.test("AckGate sends packets of npm:mqtt at once while acknowledgements wait", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), publish("1", 1, 1));
  const delivery = await next(b);
  const written = new Promise((resolve) => b.gate.write(PINGREQ, resolve));
  await written;
  assert.deepEqual(b.byteStream.written, [...PINGREQ]);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [...PINGREQ, 0x40, 2, 0, 1]);
  b.gate.destroy();
});

Deno.test("AckGate drops acknowledgements of a closed connection", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), publish("1", 1, 1));
  const delivery = await next(b);
  b.byteStream.end();
  await runTurns();
  assert.equal(b.gate.destroyed, true);
  const again = gateFixture({ session: b.session });
  again.byteStream.send(connack(true), publish("1", 1, 7, true));
  await runTurns();
  delivery.ack();
  await runTurns();
  assert.deepEqual([b.byteStream.written, again.byteStream.written], [[], []]);
  (await next(again)).ack();
  await runTurns();
  assert.deepEqual(again.byteStream.written, [0x40, 2, 0, 7]);
  again.gate.destroy();
});

Deno.test("QoS 2: a repeated PUBLISH makes no second row until PUBREL frees its identifier", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), publish("1", 2, 5), publish("1", 2, 5, true), pubrel(5));
  await runTurns();
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1"]);
  assert.deepEqual(b.byteStream.written, []);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x50, 2, 0, 5, 0x50, 2, 0, 5, 0x70, 2, 0, 5]);
  b.byteStream.send(publish("2", 2, 5));
  assert.deepEqual(texts(await next(b)), ["2"]);
  b.gate.destroy();
});

Deno.test("QoS 2: a known identifier without DUP is a new message", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), publish("1", 2, 5), publish("2", 2, 5), publish("2", 2, 5, true));
  await runTurns();
  assert.deepEqual(rows(b), ["1", "2"]);
  b.gate.destroy();
});

Deno.test("QoS 2: a PUBREL with an unknown identifier gets a PUBCOMP", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(true), pubrel(0x1234));
  const delivery = await next(b);
  assert.equal(delivery.batch.count, 0);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x70, 2, 0x12, 0x34]);
  b.gate.destroy();
});

Deno.test("QoS 2: identifiers outlive a connection only if the session is resumed", async () => {
  for (const resumed of [true, false]) {
    const first = gateFixture();
    first.byteStream.send(connack(), publish("1", 2, 5));
    await runTurns();
    first.gate.destroy();
    const second = gateFixture({ session: first.session });
    second.byteStream.send(connack(resumed), publish("1", 2, 5, resumed));
    await runTurns();
    assert.deepEqual(rows(second), resumed ? ["1"] : ["1", "1"]);
    second.gate.destroy();
  }
});

Deno.test("A refused CONNECT leaves the session as it was", async () => {
  const first = gateFixture();
  first.byteStream.send(connack(), publish("1", 2, 5));
  await runTurns();
  first.gate.destroy();
  first.session.lost = false;
  const refused = gateFixture({ session: first.session });
  const unavailable = Uint8Array.of(0x20, 2, 0, 3);
  refused.byteStream.send(unavailable);
  await runTurns();
  assert.equal(first.session.lost, false);
  refused.gate.destroy();
  const again = gateFixture({ session: first.session });
  again.byteStream.send(connack(true), publish("1", 2, 5, true));
  await runTurns();
  assert.deepEqual(rows(again), ["1"]);
  again.gate.destroy();
});

const SUBACK = Uint8Array.of(0x90, 3, 0, 1, 1);
/** Messages until the receive queue is full. */
const FLOOD = concat(...Array.from({ length: 16 }, () => publish("x".repeat(1 << 20))));

Deno.test("AckGate stops reading while the receive queue is full", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), SUBACK, FLOOD, publish("late"));
  await runTurns();
  assert.equal(b.session.receiveQueue.received, 16);
  const { reads } = b.byteStream;
  await runTurns();
  assert.equal(b.byteStream.reads, reads);
  await next(b);
  await runTurns();
  assert.equal(b.session.receiveQueue.received, 17);
  b.gate.destroy();
});

Deno.test("AckGate reads on before SUBACK even if the receive queue is full", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(true), FLOOD, publish("late"), SUBACK, publish("later"));
  await runTurns();
  assert.equal(b.session.receiveQueue.received, 17);
  assert.deepEqual(b.passed, [...connack(true), ...SUBACK]);
  b.gate.destroy();
});

Deno.test("AckGate answers a PINGREQ of npm:mqtt itself while reading is paused, and only once", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), SUBACK);
  await runTurns();
  const before = b.passed.length;
  // One PINGREQ is unanswered when reading pauses, one is sent while it is paused.
  b.gate.write(PINGREQ);
  b.byteStream.send(FLOOD);
  await runTurns();
  assert.deepEqual(b.passed.slice(before), [...PINGRESP]);
  b.gate.write(PINGREQ);
  await runTurns();
  // One more asks whether messages wait.
  assert.deepEqual(b.byteStream.written, [...PINGREQ, ...PINGREQ, ...PINGREQ]);
  assert.deepEqual(b.passed.slice(before), [...PINGRESP, ...PINGRESP]);
  // The broker's own late answers are not passed on again.
  b.byteStream.send(PINGRESP, PINGRESP, PINGRESP);
  (await next(b)).ack();
  await runTurns();
  assert.equal(b.passed.length, before + 4);
  b.gate.write(PINGREQ);
  // The first answers the question after the flood.
  b.byteStream.send(PINGRESP, PINGRESP);
  await runTurns();
  assert.equal(b.passed.length, before + 6);
  b.gate.destroy();
});

Deno.test("AckGate sends a PINGREQ after 1,000 acknowledgements", async () => {
  const b = gateFixture();
  b.byteStream.send(connack(), SUBACK);
  const messages = (from: number) =>
    concat(...Array.from({ length: 1_000 }, (_, i) => publish("x", 1, from + i)));
  for (const from of [1, 1_001]) {
    b.byteStream.send(messages(from));
    (await next(b)).ack();
  }
  await b.gate.flush();
  // Twice 1,000 acknowledgements of four bytes, each with a PINGREQ behind it.
  assert.equal(b.byteStream.written.length, 8_004);
  assert.deepEqual(b.byteStream.written.slice(4_000, 4_002), [...PINGREQ]);
  assert.deepEqual(b.byteStream.written.slice(-2), [...PINGREQ]);
  // The next batch waits for an answer that npm:mqtt does not get.
  const { length } = b.passed;
  b.byteStream.send(messages(2_001));
  let taken = false;
  const waiting = next(b).then(() => taken = true);
  await runTurns();
  assert.equal(taken, false);
  b.byteStream.send(PINGRESP);
  await waiting;
  assert.equal(b.passed.length, length);
  b.gate.destroy();
});

Deno.test("AckGate ends a backlog with the last message before the PINGRESP, or with it", async () => {
  for (const [together, to] of [[0, 2_000], [1, 3_000]] as const) {
    let time = 0;
    const clock: Clock = { ...systemClock, monotonic: () => time };
    const receiveQueue = new ReceiveQueue(clock);
    const b = gateFixture({ session: { receiveQueue, incoming: new Set(), now: () => START } });
    const backlogs: Backlog[] = [];
    receiveQueue.backlog.onBacklog = (backlog) => backlogs.push(backlog);
    const messages = (count: number) => Array(count).fill(publish("x".repeat(1_000)));
    b.byteStream.send(connack(), SUBACK);
    await runTurns();
    for (const [at, count] of [[100, 60], [2_000, 150]] as const) {
      time = at;
      b.byteStream.send(...messages(count));
      await runTurns();
    }
    time = 3_000;
    b.byteStream.send(concat(...messages(together), PINGRESP));
    await runTurns();
    receiveQueue.backlog.tick(9_000);
    assert.deepEqual(backlogs.map((each) => [each.from, each.to]), [[0, to]]);
    b.gate.destroy();
  }
});

Deno.test("AckGate neither records nor acknowledges messages beyond --count", async () => {
  const b = gateFixture();
  b.session.receiveQueue.wanted = 2;
  b.byteStream.send(
    connack(),
    concat(publish("1", 1, 1), publish("2", 2, 2), publish("3", 2, 3), publish("4", 1, 4)),
  );
  const delivery = await next(b);
  assert.deepEqual(texts(delivery), ["1", "2"]);
  delivery.ack();
  await runTurns();
  assert.deepEqual(b.byteStream.written, [0x40, 2, 0, 1, 0x50, 2, 0, 2]);
  assert.equal(b.session.receiveQueue.received, 2);
  b.gate.destroy();
});

Deno.test("AckGate passes a refusal on even if the connection ends right after it", async () => {
  const b = gateFixture();
  b.byteStream.send(Uint8Array.of(0x20, 2, 0, 5));
  b.byteStream.end();
  await runTurns();
  assert.deepEqual(b.passed, [0x20, 2, 0, 5]);
});

Deno.test("AckGate ends the connection when a write fails", async () => {
  const b = gateFixture();
  b.byteStream.send(connack());
  await runTurns();
  b.byteStream.write = () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
  b.gate.write(PINGREQ);
  await runTurns();
  assert.equal(b.gate.destroyed, true);
  assert.deepEqual(b.errors.length, 1);
});
