import assert from "node:assert/strict";
import { concat } from "../support/arbitrary.ts";
import { connected, longestWaits, openAt } from "../support/connected.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { until } from "../support/until.ts";
import { publishPacket } from "../support/packets.ts";

Deno.test("subscribe() fails with the malformed packet that a resumed session sends before SUBACK", async () => {
  const topic = concat(new TextEncoder().encode("a/b"), Uint8Array.of(0));
  await connected({
    connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
    suback: (filters, attempt) => attempt === 0 ? filters.map(({ qos }) => qos) : "silent",
  }, async ({ broker, events, drop }) => {
    await drop();
    const second = await broker.accepted(1);
    await until(() => second.filters.length > 0);
    await second.send(publishPacket({ topic, payload: "p", version: 5 }));
    const { cause } = await events.next("failed");
    assert.match(
      (cause as Error).message,
      /^Cannot connect to "127\.0\.0\.1:\d+": it sent something that is not MQTT: a topic with a NUL character \(0\\x08\\x00\\x04a\/b\\x00\\x00p\)\n/,
    );
  });
});

for (const version of [5, 4] as const) {
  for (const [count, change] of [["more", 1], ["fewer", -1]] as const) {
    const codes = (filters: readonly { readonly qos: number }[]) =>
      Array.from({ length: filters.length + change }, () => 1);

    Deno.test(`subscribe() fails with a reason on a SUBACK with ${count} codes than filters, MQTT ${version}`, async () => {
      await using broker = StrictBroker.start({ suback: codes });
      const opening = openAt(broker, new FakeClock(), undefined, { mqttVersion: version });
      await assert.rejects(withTimeout(opening, "the error"), (error: Error) => {
        assert.match(
          error.message,
          /^Cannot connect to "127\.0\.0\.1:\d+": it sent something that is not MQTT: a SUBACK that does not have one code for each filter \(/,
        );
        return true;
      });
      assert.equal(broker.connections.length, 1);
    });

    Deno.test(`ReconnectingConnection tells once of a SUBACK with ${count} codes than filters, and waits longer, MQTT ${version}`, async () => {
      using _ = longestWaits();
      const suback: Script["suback"] = (filters, attempt) =>
        attempt === 0 ? filters.map(({ qos }) => qos) : codes(filters);
      await connected({ suback }, async ({ broker, clock, events, drop }) => {
        await clock.advance(10_000);
        await drop();
        const told: boolean[] = [];
        for (let waitMs = 1_000; waitMs <= 8_000; waitMs *= 2) {
          const { cause, news } = await events.next("failed");
          told.push(news);
          assert.match((cause as Error).message, /one code for each filter/);
          await clock.asleep(waitMs);
          await clock.advance(waitMs);
        }
        await events.next("failed");
        assert.deepEqual(told, [true, false, false, false]);
        assert.equal(broker.connections.length, 6);
      }, { mqttVersion: version });
    });
  }
}

Deno.test("subscribe() asks again where the broker answers a later PINGREQ, but not SUBSCRIBE", async () => {
  let subscribes = 0;
  await connected({
    connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
    suback: (filters, attempt) => {
      if (attempt > 0 && ++subscribes < 3) return "silent";
      return filters.map(({ qos }) => qos);
    },
  }, async ({ broker, clock, events, drop }) => {
    await drop();
    const { requests } = await broker.accepted(1);
    for (let count = 1; count <= 3; count++) {
      await until(() => requests.length >= count);
      assert.deepEqual(requests, Array(count).fill(["a/#", "b/#"]));
      if (count < 3) await clock.advance(2_000);
    }
    const { again } = await events.next("connected");
    assert.equal(again, true);
  });
});

Deno.test("subscribe() does not ask a broker again that answers nothing at all", async () => {
  await connected({
    connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
    suback: (filters, attempt) => attempt === 0 ? filters.map(({ qos }) => qos) : "silent",
    deaf: true,
  }, async ({ broker, clock, events, drop }) => {
    await drop();
    const { requests } = await broker.accepted(1);
    await until(() => requests.length > 0);
    for (let s = 0; s < 7; s++) await clock.advance(1_000);
    assert.equal(requests.length, 1);
    await clock.advance(1_000);
    await events.next("failed");
  });
});
