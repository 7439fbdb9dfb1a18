import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import type { Message } from "../../lib/message/message.ts";
import { batchOf, message } from "../support/arbitrary.ts";
import { failSyncs, failWrites, hangSyncs } from "../support/fake_disk.ts";
import { assertFiles, onBench } from "../support/recording_fixture.ts";
import { until } from "../support/until.ts";

const plain = ["1", "2", "3", "4"].map((payload) => ({
  ...message("t", payload),
  qos: 0 as const,
}));
const acknowledged = plain.map((each) => ({ ...each, qos: 1 as const }));

/** A delivery for each message; its `ack()` adds the payload to `acked`. */
function deliveriesOf(messages: readonly Message[], acked: string[] = []): Delivery[] {
  return messages.map((each) => ({
    batch: batchOf([each]),
    ack: () => void acked.push(new TextDecoder().decode(each.payload)),
  }));
}

async function* inTurn(deliveries: readonly Delivery[]): AsyncGenerator<Delivery> {
  yield* deliveries;
}

Deno.test("Recorder.record() writes and acknowledges deliveries in order", () =>
  onBench(async ({ output, open }) => {
    for (const messages of [plain, acknowledged]) {
      const acked: string[] = [];
      const already = messages === plain ? [] : plain;
      using recorder = await open();
      await recorder.record(inTurn(deliveriesOf(messages, acked)));
      assert.deepEqual(acked, ["1", "2", "3", "4"]);
      assert.equal(recorder.messages, 4);
      await assertFiles(output, [...already, ...messages]);
    }
  }));

Deno.test("Recorder.record() encodes the next batch while the previous one is written", () =>
  onBench(async ({ output, open }) => {
    using recorder = await open();
    using disk = hangSyncs();
    const acked: string[] = [];
    const asked: number[] = [];
    async function* deliveries(): AsyncGenerator<Delivery> {
      for (const [i, delivery] of deliveriesOf(acknowledged, acked).entries()) {
        asked.push(i);
        yield delivery;
      }
    }
    const done = recorder.record(deliveries());
    await disk.begun;
    // The recorder does not request the third batch while two are in memory.
    await until(() => asked.length >= 2);
    await assertFiles(output, acknowledged.slice(0, 1));
    assert.deepEqual([asked, acked], [[0, 1], []]);
    disk.answer();
    await done;
    assert.deepEqual(acked, ["1", "2", "3", "4"]);
    await assertFiles(output, acknowledged);
  }));

Deno.test("Recorder.record() acknowledges QoS 0 before the sync and waits for it at the end", () =>
  onBench(async ({ output, open }) => {
    using recorder = await open();
    using disk = hangSyncs();
    const acked: string[] = [];
    let ended = false;
    const done = recorder.record(inTurn(deliveriesOf(plain, acked))).then(() => ended = true);
    await until(() => acked.length >= 4);
    await assertFiles(output, plain);
    assert.deepEqual([ended, recorder.busy, recorder.unsyncedSince], [false, true, plain[0]!.time]);
    disk.answer();
    await done;
    assert.deepEqual([recorder.busy, recorder.unsyncedSince], [false, undefined]);
    const sizes = recorder.files.map(({ bytes }) => bytes);
    assert.deepEqual(Object.values(recorder.committed), sizes);
  }));

Deno.test("Recorder.record() fails on a failed QoS 0 sync only with exitOnError", () =>
  onBench(async ({ output, open, events }) => {
    for (const exitOnError of [false, true]) {
      await using _ = {
        [Symbol.asyncDispose]: async () => {
          for (const extension of ["csv", "json"]) await Deno.remove(`${output}.${extension}`);
        },
      };
      using recorder = await open({ exitOnError });
      using _disk = failSyncs(2);
      const recorded = recorder.record(inTurn(deliveriesOf(plain.slice(0, 1))));
      if (exitOnError) await assert.rejects(recorded, RecordingError);
      else await recorded;
      assert.deepEqual(events.splice(0).map(({ type }) => type), ["unsynced"]);
      await assertFiles(output, plain.slice(0, 1));
    }
  }));

Deno.test("Recorder.record() fails at once on an error while no message comes", () =>
  onBench(async ({ open }) => {
    using recorder = await open({ exitOnError: true });
    using _ = failWrites(1);
    const [first] = deliveriesOf(acknowledged);
    const never = Promise.withResolvers<void>();
    async function* deliveries(): AsyncGenerator<Delivery> {
      yield first!;
      await never.promise;
    }
    await assert.rejects(recorder.record(deliveries()), RecordingError);
    never.resolve();
  }));

Deno.test("Recorder.record() waits for a slow ack() before the next write, and fails with it", () =>
  onBench(async ({ output, open }) => {
    using recorder = await open();
    const logged = Promise.withResolvers<void>();
    const [first, second] = deliveriesOf(acknowledged);
    const slow = { ...first!, ack: () => logged.promise };
    const done = recorder.record(inTurn([slow, second!]));
    await until(() => recorder.messages > 0);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    await assertFiles(output, acknowledged.slice(0, 1));
    logged.resolve();
    await done;
    await assertFiles(output, acknowledged.slice(0, 2));
    const failed = { ...first!, ack: () => Promise.reject(new RecordingError(() => "full")) };
    await assert.rejects(recorder.record(inTurn([failed, second!])), /full/);
  }));

for (const messages of [plain, acknowledged]) {
  const qos = messages[0]!.qos;
  Deno.test(`Recorder.record() waits for the disk where the deliveries end with an error, QoS ${qos}`, () =>
    onBench(async ({ output, open }) => {
      using recorder = await open();
      using disk = hangSyncs();
      const acked: string[] = [];
      async function* deliveries(): AsyncGenerator<Delivery> {
        yield deliveriesOf(messages, acked)[0]!;
        await disk.begun;
        throw new Error("taken over");
      }
      let ended = false;
      const done = recorder.record(deliveries());
      done.catch(() => ended = true);
      await disk.begun;
      for (let i = 0; i < 5; i++) await nextTurn();
      assert.equal(ended, false);
      disk.answer();
      await assert.rejects(done, { message: "taken over" });
      assert.deepEqual(acked, ["1"]);
      assert.equal(recorder.busy, false);
      await assertFiles(output, messages.slice(0, 1));
    }));
}
