import assert from "node:assert/strict";
import { connected, ours } from "../support/connected.ts";

/** A DISCONNECT of the broker with a reason code; the connection stays open. */
const disconnect = (code: number) => Uint8Array.of(0xe0, 2, code, 0);

Deno.test("ReconnectingConnection ends at a DISCONNECT of the broker, even if TCP stays open", async () => {
  await connected({}, async ({ broker, clock, events }) => {
    await clock.advance(5_000);
    await ours(broker)!.send(disconnect(0x8b));
    const { cause, since, final } = await events.next("disconnected");
    const { code } = cause as { code: string };
    assert.deepEqual([code, since, final], ["0x8b", clock.now(), false]);
    await clock.advance(1_000);
    await events.next("connected");
  });
});

Deno.test("ReconnectingConnection takes a takeover by our own second connection for no stranger's", async () => {
  for (const provoked of [true, false]) {
    await connected({}, async ({ broker, clock, events, connection }) => {
      await broker.connections[0]!.send(disconnect(0x8e));
      const { final } = await events.next("disconnected");
      assert.equal(final, !provoked);
      if (!provoked) return await connection.ended();
      await clock.advance(1_000);
      await events.next("connected");
    }, { isProvoked: () => provoked });
  }
});
