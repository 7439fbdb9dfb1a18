import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import { type Delivery, Intake } from "../../lib/mqtt/receive_queue.ts";
import { bytes, START } from "../support/arbitrary.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

function push(intake: Intake, payload: string, id = 0): void {
  const source = bytes(`t${payload}`);
  if (id > 0) intake.acknowledge(0x40, id);
  intake.batch.push(START, source, {
    topicStart: 0,
    topicEnd: 1,
    topicLooks: 0,
    payloadStart: 1,
    payloadEnd: source.length,
    qos: id > 0 ? 1 : 0,
    retain: false,
    dup: false,
  });
  intake.pushed(START);
  intake.notify();
}

const texts = (delivery: Delivery) =>
  [...delivery.batch].map(({ payload }) => new TextDecoder().decode(payload));

/** The next delivery; fails the test when the intake has ended. */
async function next(deliveries: AsyncGenerator<Delivery>): Promise<Delivery> {
  const { value, done } = await deliveries.next();
  assert.ok(!done);
  return value;
}

Deno.test("the next batch grows while the last one is on its way to the disk", async () => {
  const intake = new Intake();
  const deliveries = intake.deliveries();
  push(intake, "1");
  const first = await next(deliveries);
  push(intake, "2");
  push(intake, "3");
  assert.deepEqual(texts(first), ["1"]);
  first.release();
  const second = await next(deliveries);
  assert.deepEqual(texts(second), ["2", "3"]);
  second.release();
});

Deno.test("a delivery waits for the first message and ends with the intake", async () => {
  const intake = new Intake();
  const deliveries = intake.deliveries();
  const waiting = next(deliveries);
  push(intake, "1");
  (await waiting).release();
  push(intake, "2");
  intake.end();
  assert.deepEqual(texts(await next(deliveries)), ["2"]);
  assert.equal((await deliveries.next()).done, true);
});

Deno.test("acknowledgements leave on release, in order, each with its own batch", async () => {
  const intake = new Intake();
  const sent: number[][] = [];
  intake.connect((acks) => sent.push([...acks]));
  const deliveries = intake.deliveries();
  push(intake, "1", 1);
  push(intake, "2", 0x1234);
  const first = await next(deliveries);
  push(intake, "3", 3);
  assert.deepEqual(sent, []);
  first.release();
  assert.deepEqual(sent, [[0x40, 2, 0, 1, 0x40, 2, 0x12, 0x34]]);
  (await next(deliveries)).release();
  assert.deepEqual(sent[1], [0x40, 2, 0, 3]);
});

Deno.test("acknowledgements die with their connection, rows do not", async () => {
  const intake = new Intake();
  const before: Uint8Array[] = [], after: Uint8Array[] = [];
  intake.connect((acks) => before.push(acks));
  const deliveries = intake.deliveries();
  push(intake, "1", 1);
  const first = await next(deliveries);
  push(intake, "2", 2);
  intake.connect((acks) => after.push(acks));
  push(intake, "3", 3);
  first.release();
  const second = await next(deliveries);
  assert.deepEqual(texts(second), ["2", "3"]);
  second.release();
  // The first goes to the connection it came from, which drops it; 2 will be delivered again.
  assert.deepEqual(before.map((acks) => [...acks]), [[0x40, 2, 0, 1]]);
  assert.deepEqual(after.map((acks) => [...acks]), [[0x40, 2, 0, 3]]);
});

Deno.test("an acknowledgement without a row is delivered too", async () => {
  const intake = new Intake();
  const sent: number[][] = [];
  intake.connect((acks) => sent.push([...acks]));
  intake.acknowledge(0x70, 9);
  intake.notify();
  const delivery = await next(intake.deliveries());
  assert.equal(delivery.batch.count, 0);
  delivery.release();
  assert.deepEqual(sent, [[0x70, 2, 0, 9]]);
});

Deno.test("a full batch without acknowledgements is taken ahead, any other waits for the last one", async () => {
  const full = (intake: Intake) => {
    for (const before = intake.batch; intake.batch === before;) push(intake, "x".repeat(100_000));
  };
  for (const id of [0, 1]) {
    const intake = new Intake();
    const deliveries = intake.deliveries();
    push(intake, "first");
    const first = await next(deliveries);
    let taken = false;
    if (id > 0) push(intake, "acknowledged", id);
    full(intake);
    const second = next(deliveries).then((delivery) => {
      taken = true;
      return delivery;
    });
    await nextTurn();
    assert.equal(taken, id === 0);
    // Not full, it grows while the others are on their way.
    push(intake, "third");
    if (id === 0) {
      const third = next(deliveries).then(() => taken = true);
      taken = false;
      await nextTurn();
      assert.equal(taken, false);
      first.release();
      (await second).release();
      await third;
    } else {
      first.release();
      await second;
    }
  }
});

Deno.test("a batch ends at 1,000 acknowledgements, the next ones wait behind it", async () => {
  const intake = new Intake();
  const deliveries = intake.deliveries();
  for (let id = 1; id <= 2_500; id++) push(intake, `${id}`, id);
  for (const count of [1_000, 1_000, 500]) {
    const delivery = await next(deliveries);
    assert.equal(delivery.batch.count, count);
    delivery.release();
  }
});

Deno.test("a batch ends at 2 MB, and so does one of many small rows without acknowledgement", async () => {
  for (const payload of ["x".repeat(100_000), "x"]) {
    const intake = new Intake();
    for (let i = 0; intake.batch.count === i; i++) push(intake, payload);
    const { batch } = await next(intake.deliveries());
    const size = batch.byteLength + 20 * batch.count;
    assert.ok(size >= 2 * 1024 * 1024 && size < 2.2 * 1024 * 1024, `${size}`);
  }
});

Deno.test("full at 16 MB, in however many batches, and taking one makes room", async () => {
  const intake = new Intake();
  const payload = "x".repeat(1024 * 1024);
  const deliveries = intake.deliveries();
  for (let i = 0; i < 15; i++) push(intake, payload);
  assert.equal(intake.full, false);
  await intake.room(Date.now);
  push(intake, payload);
  assert.deepEqual([intake.full, intake.overfull], [true, false]);
  let roomy = false;
  const room = intake.room(Date.now).then(() => roomy = true);
  await Promise.resolve();
  assert.equal(roomy, false);
  const delivery = await next(deliveries);
  await room;
  assert.equal(intake.full, false);
  delivery.release();
});

Deno.test("the end of the intake wakes whoever waits for room", async () => {
  const intake = new Intake();
  while (!intake.full) push(intake, "x".repeat(1024 * 1024));
  const room = intake.room(Date.now);
  intake.end();
  await room;
});

Deno.test("the time held back is counted, also while it lasts", async () => {
  const intake = new Intake();
  while (!intake.full) push(intake, "x".repeat(1024 * 1024));
  let now = 1_000;
  const room = intake.room(() => now);
  assert.equal(intake.heldMs(1_500), 500);
  now = 2_000;
  intake.end();
  await room;
  assert.deepEqual([intake.heldMs(2_000), intake.heldMs(9_000)], [1_000, 1_000]);
});

/** An intake whose connection has `unconfirmed` acknowledgements out. */
function behind(clock = new FakeClock()) {
  const intake = new Intake(clock);
  const state = { unconfirmed: 0 };
  intake.connect(() => {}, () => state.unconfirmed);
  const deliveries = intake.deliveries();
  return { intake, state, deliveries, clock };
}

Deno.test("a batch waits until the broker has read the acknowledgements before it", async () => {
  const { intake, state, deliveries, clock } = behind();
  for (let id = 1; id <= 1_000; id++) push(intake, "x", id);
  state.unconfirmed = 1_001;
  let taken = false;
  const waiting = next(deliveries).then(() => taken = true);
  await settle();
  assert.equal(taken, false);
  state.unconfirmed = 1_000;
  intake.notify();
  await waiting;
  assert.equal(clock.sleeping, 0);
});

Deno.test("a broker that does not answer, a full intake, the end: none waits for confirmation", async () => {
  for (const reason of ["late", "full", "end", "without acknowledgements"]) {
    const { intake, state, deliveries, clock } = behind();
    const count = reason === "without acknowledgements" ? 0 : 1_000;
    for (let id = 1; id <= count; id++) push(intake, "x", id);
    if (count === 0) push(intake, "x");
    state.unconfirmed = count === 0 ? 2_000 : 1_500;
    const waiting = next(deliveries);
    await settle();
    if (reason === "late") await clock.advance(1_000);
    if (reason === "end") intake.end();
    while (reason === "full" && !intake.full) push(intake, "x".repeat(1 << 20));
    await waiting;
    await settle();
    assert.equal(clock.sleeping, 0, reason);
  }
});

Deno.test("unacknowledged tells of rows that wait and of batches not released", async () => {
  const intake = new Intake();
  assert.equal(intake.unacknowledged, false);
  push(intake, "1", 1);
  assert.equal(intake.unacknowledged, true);
  const delivery = await next(intake.deliveries());
  assert.equal(intake.unacknowledged, true);
  delivery.release();
  assert.equal(intake.unacknowledged, false);
});

/** Messages with the identifiers `[from, to)`, in one go. */
function pour(intake: Intake, from: number, to: number): void {
  for (let id = from; id < to; id++) push(intake, `${id}`, id);
  intake.notify();
}

Deno.test("while messages pour in, a batch begins 3 ms after the last one began", async () => {
  const clock = new FakeClock();
  const intake = new Intake(clock);
  const deliveries = intake.deliveries();
  pour(intake, 1, 11);
  (await next(deliveries)).release();
  // Fewer than there were in flight: more are to be expected.
  pour(intake, 11, 14);
  const second = next(deliveries);
  await clock.advance(2);
  pour(intake, 14, 16);
  await clock.advance(1);
  assert.deepEqual(texts(await second), ["11", "12", "13", "14", "15"]);
  (await second).release();
  // Long after that nobody waits.
  await clock.advance(10);
  pour(intake, 16, 17);
  assert.deepEqual(texts(await next(deliveries)), ["16"]);
  assert.equal(clock.sleeping, 0);
});

Deno.test("a broker that has in flight what it may is not kept waiting, nor is the end", async () => {
  const clock = new FakeClock();
  const intake = new Intake(clock);
  const deliveries = intake.deliveries();
  for (let from = 1; from < 101; from += 20) {
    pour(intake, from, from + 20);
    const delivery = await next(deliveries);
    assert.equal(delivery.batch.count, 20);
    delivery.release();
  }
  // What counts is the window of this connection, not of the one before.
  intake.connect(() => {});
  pour(intake, 1, 3);
  (await next(deliveries)).release();
  pour(intake, 3, 4);
  const last = next(deliveries);
  intake.end();
  assert.deepEqual(texts(await last), ["3"]);
  assert.equal(clock.sleeping, 0);
});
