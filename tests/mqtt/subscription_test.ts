import assert from "node:assert/strict";
import { concat } from "../support/arbitrary.ts";
import { connected } from "../support/connected.ts";
import { publishPacket } from "../support/packets.ts";

Deno.test("subscribe() fails with the malformed packet that a resumed session sends before SUBACK", async () => {
  const topic = concat(new TextEncoder().encode("a/b"), Uint8Array.of(0));
  await connected({
    connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
    suback: (filters, attempt) => attempt === 0 ? filters.map(({ qos }) => qos) : "silent",
  }, async ({ broker, events, drop }) => {
    await drop();
    const second = await broker.accepted(1);
    for (let turn = 0; turn < 5_000 && second.filters.length === 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await second.send(publishPacket({ topic, payload: "p", version: 5 }));
    const { cause } = await events.next("failed");
    assert.match(
      (cause as Error).message,
      /^Cannot connect to "127\.0\.0\.1:\d+": it sent something that is not MQTT: a topic with a NUL character \(0\\x08\\x00\\x04a\/b\\x00\\x00p\)\n/,
    );
  });
});
