import assert from "node:assert/strict";
import { describeCause } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { brokerError } from "../../lib/mqtt/transport/connection_errors.ts";
import { connected, type ConnectedFixture, ours } from "../support/connected.ts";

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

Deno.test("ReconnectingConnection emits no English of npm:mqtt as the cause of an end", async () => {
  const errors: ((fixture: ConnectedFixture) => unknown)[] = [
    ({ broker }) => ours(broker)!.send(disconnect(0x8c)),
    ({ broker }) => ours(broker)!.send(disconnect(0x05)),
    ({ connection: { connection: { client } } }) => client.emit("error", new Error("odd")),
  ];
  for (const provoke of errors) {
    await connected({}, async (fixture) => {
      await provoke(fixture);
      const { cause } = await fixture.events.next("disconnected");
      for (const t of [sentences("en"), sentences("fr")]) {
        assert.equal(describeCause(cause, t), t.causes.EPROTO);
      }
      await fixture.clock.advance(1_000);
      await fixture.events.next("connected");
    });
  }
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

Deno.test("ReconnectingConnection emits what a DISCONNECT of the broker says, escaped", async () => {
  const disconnect = [0xe0, 9, 0x98, 7, 0x1f, 0, 4, 0x62, 0x79, 0x65, 0x1b];
  await connected({}, async ({ broker, clock, events }) => {
    await ours(broker)!.send(Uint8Array.from(disconnect));
    const { cause } = await events.next("disconnected");
    const t = sentences("en");
    const state = 'an administrator of the broker ended it (code 0x98: "bye\\x1b")';
    assert.equal(describeCause(cause, t), state);
    const { message } = brokerError({ host: "a", port: 1 }, cause);
    assert.match(message, /: the broker ended the connection: an administrator/);
    await clock.advance(1_000);
    await events.next("connected");
  });
});
