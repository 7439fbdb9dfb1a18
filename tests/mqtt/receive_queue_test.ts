import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import { bytes, START } from "../support/arbitrary.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

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

Deno.test("the next batch grows while the last one is on its way to the disk", async () => {
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

Deno.test("a delivery waits for the first message and ends with the receive queue", async () => {
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

Deno.test("acknowledgements leave on release, in order, each with its own batch", async () => {
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

Deno.test("acknowledgements die with their connection, rows do not", async () => {
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
  // The first goes to the connection it came from, which drops it; 2 will be delivered again.
  assert.deepEqual(before.map((acks) => [...acks]), [[0x40, 2, 0, 1]]);
  assert.deepEqual(after.map((acks) => [...acks]), [[0x40, 2, 0, 3]]);
});

Deno.test("an acknowledgement without a row is delivered too", async () => {
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

Deno.test("a full batch without acknowledgements is taken ahead, any other waits for the last one", async () => {
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
    // Not full, it grows while the others are on their way.
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

Deno.test("a batch ends at 1,000 acknowledgements, the next ones wait behind it", async () => {
  const receiveQueue = new ReceiveQueue();
  const deliveries = receiveQueue.deliveries();
  for (let id = 1; id <= 2_500; id++) push(receiveQueue, `${id}`, id);
  for (const count of [1_000, 1_000, 500]) {
    const delivery = await next(deliveries);
    assert.equal(delivery.batch.count, count);
    delivery.ack();
  }
});

Deno.test("a batch ends at 2 MB, and so does one of many small rows without acknowledgement", async () => {
  for (const payload of ["x".repeat(100_000), "x"]) {
    const receiveQueue = new ReceiveQueue();
    for (let i = 0; receiveQueue.batch.count === i; i++) push(receiveQueue, payload);
    const { batch } = await next(receiveQueue.deliveries());
    const size = batch.byteLength + 20 * batch.count;
    assert.ok(size >= 2 * 1024 * 1024 && size < 2.2 * 1024 * 1024, `${size}`);
  }
});

Deno.test("full at 16 MB, in however many batches, and taking one makes room", async () => {
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

Deno.test("the end of the receive queue wakes whoever waits for room", async () => {
  const receiveQueue = new ReceiveQueue();
  while (!receiveQueue.full) push(receiveQueue, "x".repeat(1024 * 1024));
  const room = receiveQueue.room();
  receiveQueue.end();
  await room;
});

Deno.test("the flight counts what came and what will be ended by an acknowledgement", async () => {
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

/** A receive queue whose connection has `unconfirmed` acknowledgements out. */
function behind(clock = new FakeClock()) {
  const receiveQueue = new ReceiveQueue(clock);
  const state = { unconfirmed: 0 };
  receiveQueue.connect(() => {}, () => state.unconfirmed);
  const deliveries = receiveQueue.deliveries();
  return { receiveQueue, state, deliveries, clock };
}

Deno.test("a batch waits until the broker has read the acknowledgements before it", async () => {
  const { receiveQueue, state, deliveries, clock } = behind();
  for (let id = 1; id <= 1_000; id++) push(receiveQueue, "x", id);
  state.unconfirmed = 1_001;
  let taken = false;
  const waiting = next(deliveries).then(() => taken = true);
  await settle();
  assert.equal(taken, false);
  state.unconfirmed = 1_000;
  receiveQueue.notify();
  await waiting;
  assert.equal(clock.sleeping, 0);
});

Deno.test("a broker that does not answer, a full receive queue, the end: none waits for confirmation", async () => {
  for (const reason of ["late", "full", "end", "without acknowledgements"]) {
    const { receiveQueue, state, deliveries, clock } = behind();
    const count = reason === "without acknowledgements" ? 0 : 1_000;
    for (let id = 1; id <= count; id++) push(receiveQueue, "x", id);
    if (count === 0) push(receiveQueue, "x");
    state.unconfirmed = count === 0 ? 2_000 : 1_500;
    const waiting = next(deliveries);
    await settle();
    if (reason === "late") await clock.advance(1_000);
    if (reason === "end") receiveQueue.end();
    while (reason === "full" && !receiveQueue.full) push(receiveQueue, "x".repeat(1 << 20));
    await waiting;
    await settle();
    assert.equal(clock.sleeping, 0, reason);
  }
});

Deno.test("unacknowledged tells of rows that wait and of batches not released", async () => {
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

Deno.test("while messages pour in, a batch begins 3 ms after the last one began", async () => {
  const clock = new FakeClock();
  const receiveQueue = new ReceiveQueue(clock);
  const deliveries = receiveQueue.deliveries();
  pour(receiveQueue, 1, 11);
  (await next(deliveries)).ack();
  // Fewer than there were in flight: more are to be expected.
  pour(receiveQueue, 11, 14);
  const second = next(deliveries);
  await clock.advance(2);
  pour(receiveQueue, 14, 16);
  await clock.advance(1);
  assert.deepEqual(texts(await second), ["11", "12", "13", "14", "15"]);
  (await second).ack();
  // Long after that nobody waits.
  await clock.advance(10);
  pour(receiveQueue, 16, 17);
  assert.deepEqual(texts(await next(deliveries)), ["16"]);
  assert.equal(clock.sleeping, 0);
});

Deno.test("a broker that has in flight what it may is not kept waiting, nor is the end", async () => {
  const clock = new FakeClock();
  const receiveQueue = new ReceiveQueue(clock);
  const deliveries = receiveQueue.deliveries();
  for (let from = 1; from < 101; from += 20) {
    pour(receiveQueue, from, from + 20);
    const delivery = await next(deliveries);
    assert.equal(delivery.batch.count, 20);
    delivery.ack();
  }
  // What counts is the window of this connection, not of the one before.
  receiveQueue.connect(() => {});
  pour(receiveQueue, 1, 3);
  (await next(deliveries)).ack();
  pour(receiveQueue, 3, 4);
  const last = next(deliveries);
  receiveQueue.end();
  assert.deepEqual(texts(await last), ["3"]);
  assert.equal(clock.sleeping, 0);
});
