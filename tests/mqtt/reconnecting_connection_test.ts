import assert from "node:assert/strict";
import { BrokerError } from "../../lib/locale/errors.ts";
import { connected, longestWaits, openAt } from "../support/connected.ts";
import type { ConnectionEvent } from "../../lib/mqtt/connection_events.ts";
import { EventLog } from "../support/event_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Publishes } from "../faults/publishes.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { until } from "../support/until.ts";
import { withTimeout } from "../support/with_timeout.ts";

const versions = ({ connections }: StrictBroker) =>
  connections.map(({ connect }) => connect?.version);

Deno.test("ReconnectingConnection falls back to 3.1.1 if the broker closes on MQTT 5 or refuses it", async () => {
  for (const refusal of ["close", { code: 1 }, { code: 0x84 }] as const) {
    const script: Script = { connack: ({ version }) => version === 5 ? refusal : {} };
    await connected(script, async ({ broker, events, drop }) => {
      await drop();
      await events.next("connected");
      assert.deepEqual(versions(broker), [5, 4, 4]);
    });
  }
});

Deno.test("ReconnectingConnection keeps MQTT 5 if a restarting broker closes", async () => {
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

Deno.test("ReconnectingConnection.open() aborts at once before SUBACK, and deletes a new session", async () => {
  for (const sessionPresent of [false, true]) {
    await using broker = StrictBroker.start({
      connack: () => ({ sessionPresent }),
      suback: () => "silent",
    });
    const stop = new AbortController();
    const opening = openAt(broker, new FakeClock(), undefined, { signal: stop.signal });
    const connection = await broker.accepted(0);
    await until(() => connection.filters.length > 0);
    stop.abort(new Error("enough"));
    await assert.rejects(withTimeout(opening, "the end"), /enough/);
    const { sessionExpirySeconds } = await connection.ended as { sessionExpirySeconds?: number };
    assert.equal(sessionExpirySeconds, sessionPresent ? undefined : 0);
  }
});

Deno.test("ReconnectingConnection waits up to 2 s for a near broker, and starts over after success", async () => {
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
        await clock.advance(Math.min(2_000, 500 * 2 ** attempt) - 1);
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

for (const [version, codes] of [[5, [0x86, 0x87, 0x8a, 0x85]], [4, [4, 5, 2]]] as const) {
  for (const code of codes) {
    Deno.test(`ReconnectingConnection retries refusal ${code} after 2, 4, 8 s, and reports it once`, async () => {
      const script: Script = {
        connack: (_, attempt) => attempt % 4 === 0 ? {} : { code },
      };
      await connected(script, async ({ broker, clock, events, connection, drop }) => {
        for (const round of [1, 2]) {
          await clock.advance(10_000);
          await drop();
          const { cause, nextMs } = await events.next("unwanted");
          assert.ok(cause instanceof BrokerError);
          assert.equal(nextMs, 2_000);
          for (const waitMs of [2_000, 4_000, 8_000]) {
            await clock.asleep(waitMs);
            await clock.advance(waitMs - 1);
            assert.equal(connection.connected, false);
            await clock.advance(1);
            if (waitMs < 8_000) assert.equal((await events.next("failed")).news, false);
          }
          assert.equal((await events.next("connected")).again, true);
          assert.equal(broker.connections.length, 1 + 4 * round);
        }
        assert.equal(events.all.filter(({ type }) => type === "unwanted").length, 2);
      }, { mqttVersion: version });
    });
  }
}

Deno.test("ReconnectingConnection.open() retries and reports with waitMs", async () => {
  const script: Script = {
    connack: (_, attempt) => attempt < 2 ? { code: 0x88 } : {},
  };
  await using broker = StrictBroker.start(script);
  const clock = new FakeClock();
  const events = new EventLog<ConnectionEvent>();
  const opening = openAt(broker, clock, events.onEvent, { waitMs: 60_000 });
  for (const news of [true, false]) {
    const { nextMs, ...waiting } = await events.next("waiting");
    assert.equal(waiting.news, news);
    await clock.advance(nextMs);
  }
  const connection = await withTimeout(opening, "the connection");
  assert.deepEqual(events.all.map(({ type }) => type), ["waiting", "waiting", "connected"]);
  connection.stop();
  connection.connection.client.end(true);
  connection.connection.gate.destroy();
  await withTimeout(connection.ended(), "the end of the connection");
  await withTimeout(connection.connection.closed, "the end of its link");
});

Deno.test("ReconnectingConnection reports another refusal if it is new", async () => {
  const codes = [0, 0x86, 0x86, 0x88, 0x86, 0x87, 0];
  const script: Script = { connack: (_, attempt) => ({ code: codes[attempt]! }) };
  await connected(script, async ({ clock, events, drop }) => {
    using _ = longestWaits();
    await drop();
    // A busy broker is retried as usual.
    for (const waitMs of [2_000, 4_000, 2_000, 2_000, 4_000]) {
      await clock.asleep(waitMs);
      await clock.advance(waitMs);
    }
    await events.next("connected");
    const kinds = events.all.map(({ type }) => type);
    assert.deepEqual(kinds, [
      ...["connected", "disconnected", "unwanted", "failed", "failed", "failed", "unwanted"],
      "connected",
    ]);
  });
});

Deno.test("ReconnectingConnection reports once what time alone does not end", async () => {
  // Busy, then the packet is too large for it.
  const codes = [0, 0x88, 0x95, 0x88, 0x95, 0];
  const script: Script = { connack: (_, attempt) => ({ code: codes[attempt]! }) };
  await connected(script, async ({ clock, events, drop }) => {
    using _ = longestWaits();
    await drop();
    for (const [attempt, isNew] of [false, true, false, false].entries()) {
      const { cause, news } = await events.next("failed");
      assert.equal(news, isNew);
      assert.match(String(cause), attempt % 2 === 0 ? /136/ : /149/);
      await clock.advance(2_000);
    }
    await events.next("connected");
  });
});

Deno.test("ReconnectingConnection reports a broker that closes on SUBSCRIBE, and backs off", async () => {
  const script: Script = {
    suback: (_, attempt) => attempt === 0 || attempt > 3 ? [1, 1] : "close",
  };
  await connected(script, async ({ clock, events, connection, drop }) => {
    await drop(0);
    using _ = longestWaits();
    for (let attempt = 0; attempt < 3; attempt++) {
      await clock.advance(1_000 * 2 ** attempt);
      const { cause, news } = await events.next("failed");
      assert.match(String(cause), /Cannot subscribe to "a\/#, b\/#": the broker closed/);
      assert.equal(news, attempt === 0);
    }
    await clock.asleep(8_000);
    await clock.advance(8_000);
    await events.next("connected");
    assert.equal(connection.fatal, undefined);
  });
});

Deno.test("ReconnectingConnection.open() rejects if the broker closes on SUBSCRIBE", async () => {
  await using broker = StrictBroker.start({ suback: () => "close" });
  await assert.rejects(openAt(broker, new FakeClock()), /Cannot subscribe to "a\/#, b\/#": the/);
});

Deno.test("ReconnectingConnection ends a connection at DISCONNECT, even if it is left open", async () => {
  await connected({}, async ({ broker, clock, events }) => {
    const [first] = broker.connections;
    await first!.send(Uint8Array.of(0xe0, 1, 0x8b));
    assert.equal((await events.next("disconnected")).since, clock.now());
    await withTimeout(first!.ended, "the end of our side");
  });
});

Deno.test("ReconnectingConnection reports a lost session even after a failed attempt", async () => {
  const script: Script = {
    connack: (_, attempt) => ({ sessionPresent: attempt !== 1 }),
    suback: (_, attempt) => attempt === 1 ? "close" : [1, 1],
  };
  await connected(script, async ({ clock, events, drop }) => {
    await drop();
    await events.next("failed");
    await clock.advance(2_000);
    assert.equal((await events.next("connected")).resumed, false);
    await clock.advance(10_000);
    await drop();
    assert.equal((await events.next("connected")).resumed, true);
  });
});

Deno.test("ReconnectingConnection subscribes on every connection, also in a resumed session", async () => {
  for (const mqttVersion of [4, 5] as const) {
    const script: Script = { connack: () => ({ sessionPresent: true }) };
    await connected(script, async ({ broker, events, drop }) => {
      await drop();
      await events.next("connected");
      for (const { filters } of broker.connections) {
        assert.deepEqual(filters.map(({ filter }) => filter), ["a/#", "b/#"]);
        // Retained messages only come for a new subscription [MQTT-3.3.1-10].
        const handling = filters.map(({ retainHandling }) => retainHandling);
        assert.deepEqual(handling, mqttVersion === 5 ? [1, 1] : [0, 0]);
      }
    }, { mqttVersion });
  }
});

Deno.test("ReconnectingConnection backs off from short connections, and reports them once", async () => {
  using _ = longestWaits();
  await connected({}, async ({ broker, clock, events, connection }) => {
    const waits = [1, 2, 4, 8, 16, 30, 30];
    for (const waitS of waits) {
      await broker.connections.at(-1)!.disconnect(0x97);
      await events.next("disconnected");
      await clock.asleep(waitS * 1000);
      await clock.advance(waitS * 1000);
      await events.next("connected");
    }
    assert.equal(events.all.filter(({ type }) => type === "troubled").length, 1);
    assert.equal(connection.fatal, undefined);
  });
});

Deno.test("ReconnectingConnection emits connected with resumed and again", async () => {
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

Deno.test("ReconnectingConnection keeps at the start what is granted, and asks again for the rest", async () => {
  let code = 0x87;
  const script: Script = {
    suback: (filters) => filters.map(({ filter }) => filter === "b/#" ? code : 1),
  };
  await connected(script, async ({ clock, events }) => {
    const [event] = events.all;
    const refused = { topic: "b/#", code: 0x87, asked: 1, granted: undefined };
    assert.deepEqual(event?.type === "connected" && event.refused, [refused]);
    await clock.asleep(30_000);
    code = 1;
    await clock.advance(30_000);
    assert.deepEqual((await events.next("subscribed")).refused, []);
  });
});

Deno.test("ReconnectingConnection takes a lower QoS at the start for the broker's limit", async () => {
  const script: Script = { suback: (filters) => filters.map(() => 0) };
  await connected(script, async ({ broker, clock, events, drop }) => {
    const [event] = events.all;
    const granted = event?.type === "connected" && event.refused.map(({ granted }) => granted);
    assert.deepEqual(granted, [0, 0]);
    await drop();
    await events.next("connected");
    // It is not asked for again.
    assert.equal(clock.sleeping, 0);
    assert.equal(broker.connections.at(-1)!.requests.length, 1);
  });
});

Deno.test("ReconnectingConnection reports a filter refused on a reconnect, and keeps the others", async () => {
  await connected(refusing, async ({ events, connection, drop }) => {
    await drop();
    const { refused } = await events.next("connected");
    assert.deepEqual(refused, [{ topic: "b/#", code: 0x87, asked: 1, granted: undefined }]);
    assert.equal(connection.connected, true);
  });
});

Deno.test("ReconnectingConnection requests a refused filter every 30 s, and only that one", async () => {
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
      // MQTT 3.1.1 sends retained messages with every SUBSCRIBE.
      assert.deepEqual(broker.connections[2]!.filters.map(({ filter }) => filter), ["b/#"]);
      if (code !== 1) await clock.asleep(30_000);
    }
    assert.equal(clock.sleeping, 0);
  });
});

Deno.test("ReconnectingConnection reconnects while a filter is refused", async () => {
  await connected(refusing, async ({ clock, events, drop }) => {
    await drop();
    await events.next("connected");
    await clock.advance(10_000);
    await drop();
    const { refused } = await events.next("connected");
    assert.deepEqual(refused, []);
  });
});

Deno.test("ReconnectingConnection.renew() makes the next connection at once, however often", async () => {
  await connected({}, async ({ broker, clock, events, connection }) => {
    for (let count = 1; count <= 8; count++) {
      await connection.renew();
      const { renewed } = await events.next("disconnected");
      assert.equal(renewed, true);
      await clock.advance(1_000);
      await events.next("connected");
      assert.equal(broker.connections.length, 1 + count);
    }
    assert.deepEqual(new Set(broker.connections.map(({ connect }) => connect?.clientId)).size, 1);
  });
});

Deno.test("ReconnectingConnection dates a loss back to when nothing waited at the broker for sure", async () => {
  await connected({}, async ({ broker, clock, events, connection }) => {
    const [first] = broker.connections;
    const start = clock.now();
    await clock.advance(500);
    const packets = new Publishes(5);
    for (let i = 0; i < 3; i++) packets.add({ topic: "a/b", payload: "1", qos: 1 });
    await first!.send(packets.bytes.subarray(0, packets.start(3)));
    await until(() => connection.connection.gate.messages >= 3);
    await clock.advance(300);
    first!.close();
    assert.equal((await events.next("disconnected")).since, start);
  });
});

Deno.test("ReconnectingConnection dates the loss of a silent connection back to the last sign", async () => {
  await connected({}, async ({ clock, events, connection }) => {
    const heard = clock.now();
    await clock.advance(45_000);
    connection.connection.client.emit("error", new Error("Keepalive timeout"));
    const { since } = await events.next("disconnected");
    assert.equal(since, heard);
  });
});
