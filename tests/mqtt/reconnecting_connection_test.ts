import assert from "node:assert/strict";
import { BrokerError } from "../../lib/locale/errors.ts";
import { connected, longestWaits, openAt } from "../support/connected.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "../support/with_timeout.ts";

const versions = ({ connections }: StrictBroker) =>
  connections.map(({ connect }) => connect?.version);

Deno.test("a broker that hangs up on MQTT 5 or refuses it is asked for 3.1.1, and stays with it", async () => {
  for (const refusal of ["close", { code: 1 }, { code: 0x84 }] as const) {
    const script: Script = { connack: ({ version }) => version === 5 ? refusal : {} };
    await connected(script, async ({ broker, events, drop }) => {
      await drop();
      await events.next("connected");
      assert.deepEqual(versions(broker), [5, 4, 4]);
    });
  }
});

Deno.test("a broker that hangs up while it restarts is asked for MQTT 5 again", async () => {
  const script: Script = {
    connack: ({ version }, attempt) => version === 4 || attempt === 1 ? "close" : {},
  };
  await connected(script, async ({ broker, clock, events, connection, drop }) => {
    await drop();
    const failed = await events.next("failed");
    assert.match(String(failed.cause), /closed before an answer/);
    await clock.advance(1_000);
    await events.next("connected");
    assert.deepEqual(versions(broker), [5, 5, 5]);
    assert.equal(connection.connection.version, 5);
  });
});

Deno.test("an abort while SUBACK is awaited ends at once, and the session just made with it", async () => {
  for (const sessionPresent of [false, true]) {
    await using broker = StrictBroker.start({
      connack: () => ({ sessionPresent }),
      suback: () => "silent",
    });
    const stop = new AbortController();
    const opening = openAt(broker, new FakeClock(), undefined, { signal: stop.signal });
    const connection = await broker.accepted(0);
    while (connection.filters.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    stop.abort(new Error("enough"));
    await assert.rejects(withTimeout(opening, "the end"), /enough/);
    const { sessionExpirySeconds } = await connection.ended as { sessionExpirySeconds?: number };
    assert.equal(sessionExpirySeconds, sessionPresent ? undefined : 0);
  }
});

Deno.test("reconnecting waits longer from try to try, 30 s at most, and begins anew", async () => {
  const script: Script = {
    connack: (_, attempt) => attempt % 10 === 0 ? {} : { code: 0x88 },
  };
  using _ = longestWaits();
  await connected(script, async ({ broker, clock, events, connection }) => {
    for (const round of [0, 1]) {
      await clock.advance(10_000);
      broker.connections.at(-1)!.close();
      await events.next("disconnected");
      for (let attempt = 0; attempt < 10; attempt++) {
        await clock.advance(Math.min(30_000, 500 * 2 ** attempt) - 1);
        assert.equal(broker.connections.length, 10 * round + 1 + attempt, "too early");
        assert.equal(connection.connected, false);
        await clock.advance(1);
        if (attempt < 9) await events.next("failed");
      }
      const { again } = await events.next("connected");
      assert.deepEqual([again, connection.connected], [true, true]);
    }
  });
});

Deno.test("credentials that are refused on a reconnect end it", async () => {
  const script: Script = { connack: (_, attempt) => attempt === 0 ? {} : { code: 0x87 } };
  await connected(script, async ({ connection, drop }) => {
    await drop();
    await withTimeout(connection.ended(), "the end");
    assert.ok(connection.fatal instanceof BrokerError && connection.fatal.final);
    assert.equal(connection.takenOver, false);
  });
});

Deno.test("the connected event tells whether the session was there, and that it is a return", async () => {
  const script: Script = { connack: (_, attempt) => ({ sessionPresent: attempt === 1 }) };
  await connected(script, async ({ clock, events, drop }) => {
    for (const resumed of [true, false]) {
      await clock.advance(10_000);
      await drop();
      const event = await events.next("connected");
      assert.deepEqual([event.again, event.resumed], [true, resumed]);
    }
  });
});

const refusing: Script = {
  suback: (filters, attempt) =>
    filters.map(({ filter }) => filter === "b/#" && attempt === 1 ? 0x87 : 1),
};

Deno.test("a filter refused on a reconnect is told; the others are recorded on", async () => {
  await connected(refusing, async ({ events, connection, drop }) => {
    await drop();
    const { refused } = await events.next("connected");
    assert.deepEqual(refused, [{ topic: "b/#", code: 0x87, asked: 1, granted: undefined }]);
    assert.equal(connection.connected, true);
  });
});

Deno.test("a filter refused on a reconnect is asked for again every 30 s, and only that one", async () => {
  let granted = 0x80;
  const script: Script = {
    connack: ({ version }) => version === 5 ? { code: 0x84 } : {},
    suback: (filters, attempt) =>
      filters.map(({ filter }) => filter === "b/#" && attempt === 2 ? granted : 1),
  };
  await connected(script, async ({ broker, clock, events, drop }) => {
    await drop();
    await events.next("connected");
    await clock.asleep(30_000);
    for (const code of [0x80, 0, 1]) {
      granted = code;
      await clock.advance(30_000);
      const { refused } = await events.next("subscribed");
      const still = { topic: "b/#", code, asked: 1, granted: code < 0x80 ? code : undefined };
      assert.deepEqual(refused, code === 1 ? [] : [still]);
      // MQTT 3.1.1 sends retained messages anew with every subscription.
      assert.deepEqual(broker.connections[2]!.filters.map(({ filter }) => filter), ["b/#"]);
      if (code !== 1) await clock.asleep(30_000);
    }
    assert.equal(clock.sleeping, 0);
  });
});

Deno.test("a connection lost while a filter is refused comes back", async () => {
  await connected(refusing, async ({ clock, events, drop }) => {
    await drop();
    await events.next("connected");
    await clock.advance(10_000);
    await drop();
    const { refused } = await events.next("connected");
    assert.deepEqual(refused, []);
  });
});

Deno.test("a connection that is silent is lost when the broker was last heard", async () => {
  await connected({}, async ({ clock, events, connection }) => {
    const heard = clock.now();
    await clock.advance(45_000);
    connection.connection.client.emit("error", new Error("Keepalive timeout"));
    const { since } = await events.next("disconnected");
    assert.equal(since, heard);
  });
});
