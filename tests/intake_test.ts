import assert from "node:assert/strict";
import { type Delivery, Intake } from "../lib/intake.ts";
import { bytes, START } from "./arbitrary.ts";

function push(intake: Intake, payload: string, id = 0): void {
  const source = bytes(`t${payload}`);
  if (id > 0) intake.acknowledge(0x40, id);
  intake.batch.push(START, source, 0, 1, 1, source.length, id > 0 ? 1 : 0, false, false);
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

Deno.test("a batch is full by rows or by bytes, and taking it makes room", async () => {
  for (const [rows, payload] of [[4096, "x"], [4, "x".repeat(1024 * 1024)]] as const) {
    const intake = new Intake();
    const deliveries = intake.deliveries();
    for (let i = 0; i < rows - 1; i++) push(intake, payload);
    assert.equal(intake.full, false);
    await intake.room(Date.now);
    push(intake, payload);
    assert.equal(intake.full, true);
    let roomy = false;
    const room = intake.room(Date.now).then(() => roomy = true);
    await Promise.resolve();
    assert.equal(roomy, false);
    const delivery = await next(deliveries);
    await room;
    assert.equal(intake.full, false);
    delivery.release();
  }
});

Deno.test("the end of the intake wakes whoever waits for room", async () => {
  const intake = new Intake();
  for (let i = 0; i < 4096; i++) push(intake, "x");
  const room = intake.room(Date.now);
  intake.end();
  await room;
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
