import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import { bytes, START } from "../support/arbitrary.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";

function push(receiveQueue: ReceiveQueue, payload: string, id = 0): void {
  const source = bytes(`t${payload}`);
  if (id > 0) receiveQueue.acknowledge(0x40, id);
  receiveQueue.batch.push(START, source, {
    topicStart: 0,
    topicEnd: 1,
    topicClasses: 0,
    payloadStart: 1,
    payloadEnd: source.length,
    qos: id > 0 ? 1 : 0,
    retain: false,
    dup: false,
  });
  receiveQueue.pushed(START);
  receiveQueue.notify();
}

const texts = (delivery: Delivery) =>
  [...delivery.batch].map(({ payload }) => new TextDecoder().decode(payload));

/** The next delivery; fails the test when the receive queue has ended. */
async function next(deliveries: AsyncGenerator<Delivery>): Promise<Delivery> {
  const { value, done } = await deliveries.next();
  assert.ok(!done);
  return value;
}

Deno.test("ReceiveQueue grows the next batch while the previous one is written", async () => {
  const receiveQueue = new ReceiveQueue();
  const deliveries = receiveQueue.deliveries();
  push(receiveQueue, "1");
  const first = await next(deliveries);
  push(receiveQueue, "2");
  push(receiveQueue, "3");
  assert.deepEqual(texts(first), ["1"]);
  first.ack();
  const second = await next(deliveries);
  assert.deepEqual(texts(second), ["2", "3"]);
  second.ack();
});

Deno.test("ReceiveQueue.deliveries() waits for the first message, and ends after end()", async () => {
  const receiveQueue = new ReceiveQueue();
  const deliveries = receiveQueue.deliveries();
  const waiting = next(deliveries);
  push(receiveQueue, "1");
  (await waiting).ack();
  push(receiveQueue, "2");
  receiveQueue.end();
  assert.deepEqual(texts(await next(deliveries)), ["2"]);
  assert.equal((await deliveries.next()).done, true);
});

Deno.test("ReceiveQueue sends the acknowledgements of a batch at its ack(), in order", async () => {
  const receiveQueue = new ReceiveQueue();
  const sent: number[][] = [];
  receiveQueue.connect((acks) => sent.push([...acks]));
  const deliveries = receiveQueue.deliveries();
  push(receiveQueue, "1", 1);
  push(receiveQueue, "2", 0x1234);
  const first = await next(deliveries);
  push(receiveQueue, "3", 3);
  assert.deepEqual(sent, []);
  first.ack();
  assert.deepEqual(sent, [[0x40, 2, 0, 1, 0x40, 2, 0x12, 0x34]]);
  (await next(deliveries)).ack();
  assert.deepEqual(sent[1], [0x40, 2, 0, 3]);
});

Deno.test("ReceiveQueue drops acknowledgements with their connection, and keeps rows", async () => {
  const receiveQueue = new ReceiveQueue();
  const before: Uint8Array[] = [], after: Uint8Array[] = [];
  receiveQueue.connect((acks) => before.push(acks));
  const deliveries = receiveQueue.deliveries();
  push(receiveQueue, "1", 1);
  const first = await next(deliveries);
  push(receiveQueue, "2", 2);
  receiveQueue.connect((acks) => after.push(acks));
  push(receiveQueue, "3", 3);
  first.ack();
  const second = await next(deliveries);
  assert.deepEqual(texts(second), ["2", "3"]);
  second.ack();
  // Ack 1 goes to its closed connection, which drops it; message 2 will be delivered again.
  assert.deepEqual(before.map((acks) => [...acks]), [[0x40, 2, 0, 1]]);
  assert.deepEqual(after.map((acks) => [...acks]), [[0x40, 2, 0, 3]]);
});

Deno.test("ReceiveQueue delivers an acknowledgement without a row", async () => {
  const receiveQueue = new ReceiveQueue();
  const sent: number[][] = [];
  receiveQueue.connect((acks) => sent.push([...acks]));
  receiveQueue.acknowledge(0x70, 9);
  receiveQueue.notify();
  const delivery = await next(receiveQueue.deliveries());
  assert.equal(delivery.batch.count, 0);
  delivery.ack();
  assert.deepEqual(sent, [[0x70, 2, 0, 9]]);
});

Deno.test("ReceiveQueue delivers only a full batch without acknowledgements before the previous ack()", async () => {
  const full = (receiveQueue: ReceiveQueue) => {
    for (const before = receiveQueue.batch; receiveQueue.batch === before;) {
      push(receiveQueue, "x".repeat(100_000));
    }
  };
  for (const id of [0, 1]) {
    const receiveQueue = new ReceiveQueue();
    const deliveries = receiveQueue.deliveries();
    push(receiveQueue, "first");
    const first = await next(deliveries);
    let taken = false;
    if (id > 0) push(receiveQueue, "acknowledged", id);
    full(receiveQueue);
    const second = next(deliveries).then((delivery) => {
      taken = true;
      return delivery;
    });
    await nextTurn();
    assert.equal(taken, id === 0);
    // This batch is not full: it grows while the others are written.
    push(receiveQueue, "third");
    if (id === 0) {
      const third = next(deliveries).then(() => taken = true);
      taken = false;
      await nextTurn();
      assert.equal(taken, false);
      first.ack();
      (await second).ack();
      await third;
    } else {
      first.ack();
      await second;
    }
  }
});

Deno.test("ReceiveQueue ends a batch at 1,000 acknowledgements", async () => {
  const receiveQueue = new ReceiveQueue();
  const deliveries = receiveQueue.deliveries();
  for (let id = 1; id <= 2_500; id++) push(receiveQueue, `${id}`, id);
  for (const count of [1_000, 1_000, 500]) {
    const delivery = await next(deliveries);
    assert.equal(delivery.batch.count, count);
    delivery.ack();
  }
});

Deno.test("ReceiveQueue ends a batch at 2 MB, also one of many small rows", async () => {
  for (const payload of ["x".repeat(100_000), "x"]) {
    const receiveQueue = new ReceiveQueue();
    for (let i = 0; receiveQueue.batch.count === i; i++) push(receiveQueue, payload);
    const { batch } = await next(receiveQueue.deliveries());
    const size = batch.byteLength + 20 * batch.count;
    assert.ok(size >= 2 * 1024 * 1024 && size < 2.2 * 1024 * 1024, `${size}`);
  }
});

Deno.test("ReceiveQueue.full is true from 16 MB in all batches until one is taken", async () => {
  const receiveQueue = new ReceiveQueue();
  const payload = "x".repeat(1024 * 1024);
  const deliveries = receiveQueue.deliveries();
  for (let i = 0; i < 15; i++) push(receiveQueue, payload);
  assert.equal(receiveQueue.full, false);
  await receiveQueue.room();
  push(receiveQueue, payload);
  assert.deepEqual([receiveQueue.full, receiveQueue.overfull], [true, false]);
  let roomy = false;
  const room = receiveQueue.room().then(() => roomy = true);
  await Promise.resolve();
  assert.equal(roomy, false);
  const delivery = await next(deliveries);
  await room;
  assert.equal(receiveQueue.full, false);
  delivery.ack();
});

Deno.test("ReceiveQueue.end() resolves room()", async () => {
  const receiveQueue = new ReceiveQueue();
  while (!receiveQueue.full) push(receiveQueue, "x".repeat(1024 * 1024));
  const room = receiveQueue.room();
  receiveQueue.end();
  await room;
});

Deno.test("ReceiveQueue.flight counts received messages and pending acknowledgements", async () => {
  const receiveQueue = new ReceiveQueue(new FakeClock());
  receiveQueue.connect(() => {});
  push(receiveQueue, "qos 0");
  push(receiveQueue, "qos 1", 1);
  receiveQueue.acknowledge(0x50, 2); // PUBREC: PUBREL follows, and the message is in flight until then.
  receiveQueue.acknowledge(0x70, 3); // PUBCOMP, of one that came before.
  assert.deepEqual(receiveQueue.flight, { arrived: 2, open: 2 });
  const delivery = await next(receiveQueue.deliveries());
  assert.deepEqual(receiveQueue.flight, { arrived: 2, open: 2 });
  delivery.ack();
  assert.deepEqual(receiveQueue.flight, { arrived: 2, open: 0 });
  push(receiveQueue, "qos 1", 4);
  receiveQueue.connect(() => {});
  assert.deepEqual(
    receiveQueue.flight,
    { arrived: 0, open: 0 },
    "a connection has a flight of its own",
  );
});

/** A receive queue whose connection has `unconfirmed` acknowledgements. */
function behind(clock = new FakeClock()) {
  const receiveQueue = new ReceiveQueue(clock);
  const state = { unconfirmed: 0 };
  receiveQueue.connect(() => {}, () => state.unconfirmed);
  const deliveries = receiveQueue.deliveries();
  return { receiveQueue, state, deliveries, clock };
}

Deno.test("ReceiveQueue delays a batch until the broker has read earlier acknowledgements", async () => {
  const { receiveQueue, state, deliveries, clock } = behind();
  for (let id = 1; id <= 1_000; id++) push(receiveQueue, "x", id);
  state.unconfirmed = 1_001;
  let taken = false;
  const waiting = next(deliveries).then(() => taken = true);
  await runMicrotasks();
  assert.equal(taken, false);
  state.unconfirmed = 1_000;
  receiveQueue.notify();
  await waiting;
  assert.equal(clock.sleeping, 0);
});

Deno.test("ReceiveQueue delays no batch for a silent broker, when it is full, or at the end", async () => {
  for (const reason of ["late", "full", "end", "without acknowledgements"]) {
    const { receiveQueue, state, deliveries, clock } = behind();
    const count = reason === "without acknowledgements" ? 0 : 1_000;
    for (let id = 1; id <= count; id++) push(receiveQueue, "x", id);
    if (count === 0) push(receiveQueue, "x");
    state.unconfirmed = count === 0 ? 2_000 : 1_500;
    const waiting = next(deliveries);
    await runMicrotasks();
    if (reason === "late") await clock.advance(1_000);
    if (reason === "end") receiveQueue.end();
    while (reason === "full" && !receiveQueue.full) push(receiveQueue, "x".repeat(1 << 20));
    await waiting;
    await runMicrotasks();
    assert.equal(clock.sleeping, 0, reason);
  }
});

Deno.test("ReceiveQueue.unacknowledged is true for waiting rows and pending batches", async () => {
  const receiveQueue = new ReceiveQueue();
  assert.equal(receiveQueue.unacknowledged, false);
  push(receiveQueue, "1", 1);
  assert.equal(receiveQueue.unacknowledged, true);
  const delivery = await next(receiveQueue.deliveries());
  assert.equal(receiveQueue.unacknowledged, true);
  delivery.ack();
  assert.equal(receiveQueue.unacknowledged, false);
});

/** Messages with the identifiers `[from, to)`, in one go. */
function pour(receiveQueue: ReceiveQueue, from: number, to: number): void {
  for (let id = from; id < to; id++) push(receiveQueue, `${id}`, id);
  receiveQueue.notify();
}

Deno.test("ReceiveQueue begins a batch 3 ms after the previous one while messages pour in", async () => {
  const clock = new FakeClock();
  const receiveQueue = new ReceiveQueue(clock);
  const deliveries = receiveQueue.deliveries();
  pour(receiveQueue, 1, 11);
  (await next(deliveries)).ack();
  // Fewer than the maximum in flight: more may come.
  pour(receiveQueue, 11, 14);
  const second = next(deliveries);
  await clock.advance(2);
  pour(receiveQueue, 14, 16);
  await clock.advance(1);
  assert.deepEqual(texts(await second), ["11", "12", "13", "14", "15"]);
  (await second).ack();
  // Long after the previous batch there is no pause.
  await clock.advance(10);
  pour(receiveQueue, 16, 17);
  assert.deepEqual(texts(await next(deliveries)), ["16"]);
  assert.equal(clock.sleeping, 0);
});

Deno.test("ReceiveQueue does not linger if the window of the broker is full, or at the end", async () => {
  const clock = new FakeClock();
  const receiveQueue = new ReceiveQueue(clock);
  const deliveries = receiveQueue.deliveries();
  for (let from = 1; from < 101; from += 20) {
    pour(receiveQueue, from, from + 20);
    const delivery = await next(deliveries);
    assert.equal(delivery.batch.count, 20);
    delivery.ack();
  }
  // The window of this connection counts, not the previous one.
  receiveQueue.connect(() => {});
  pour(receiveQueue, 1, 3);
  (await next(deliveries)).ack();
  pour(receiveQueue, 3, 4);
  const last = next(deliveries);
  receiveQueue.end();
  assert.deepEqual(texts(await last), ["3"]);
  assert.equal(clock.sleeping, 0);
});
