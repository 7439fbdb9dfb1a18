import assert from "node:assert/strict";
import type { DropReading } from "../../lib/message/drop_count.ts";
import type { ConnectOptions } from "../../lib/mqtt/connect_options.ts";
import { SysMonitor } from "../../lib/mqtt/sys_monitor.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { StrictConnection } from "../faults/strict_connection.ts";
import type { Script } from "../faults/strict_script.ts";
import { publishPacket } from "../support/packets.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { EventLog } from "../support/event_log.ts";
import { until } from "../support/until.ts";

const DROPPED = "$SYS/broker/publish/messages/dropped", UPTIME = "$SYS/broker/uptime";

type Event =
  | { readonly type: "reading"; readonly reading: DropReading; readonly until: number }
  | { readonly type: "none" };

interface Fixture {
  readonly broker: StrictBroker;
  readonly clock: FakeClock;
  readonly monitor: SysMonitor;
  readonly main: { version: 4 | 5; connectedMs: number; provoked: boolean };
  readonly events: EventLog<Event>;
}

/** Runs `body` with a monitor whose recording has a stable connection. */
async function monitoring(
  script: Script,
  body: (fixture: Fixture) => Promise<void>,
  options: Partial<ConnectOptions> = {},
  { version = 5, connectedMs = 6_000 }: Partial<Fixture["main"]> = {},
): Promise<void> {
  await using broker = StrictBroker.start(script);
  const clock = new FakeClock();
  const events = new EventLog<Event>();
  const main: Fixture["main"] = { version, connectedMs, provoked: false };
  {
    const all = { host: "127.0.0.1", port: broker.port, topics: ["a/#"], qos: 1, clientId: "main" };
    const { signal } = new AbortController();
    await using monitor = SysMonitor.start(
      { ...all, clock, ...options } as ConnectOptions,
      main,
      signal,
    );
    monitor.onReading = (reading, until) => events.onEvent({ type: "reading", reading, until });
    monitor.onNone = () => events.onEvent({ type: "none" });
    await body({ broker, clock, monitor, main, events });
  }
  assert.deepEqual(broker.errors, []);
  assert.equal(clock.sleeping, 0);
}

/** Publishes these figures of the broker. */
async function publish(
  connection: StrictConnection,
  uptimeS: number,
  dropped?: number,
  retain = false,
): Promise<void> {
  const version = connection.connect!.version;
  const one = (topic: string, payload: string) =>
    connection.send(publishPacket({ topic, payload, retain, version }));
  await one(UPTIME, `${uptimeS} seconds`);
  if (dropped !== undefined) await one(DROPPED, `${dropped}`);
}

Deno.test("SysMonitor connects clean and subscribes to two topics with QoS 0", async () => {
  for (const version of [4, 5] as const) {
    const asked: (readonly [string, number])[] = [];
    const suback: Script["suback"] = (filters) => {
      asked.push(...filters.map(({ filter, qos }) => [filter, qos] as const));
      return filters.map(() => 0);
    };
    await monitoring(
      { suback },
      async ({ broker, monitor }) => {
        const { connect } = await withTimeout(broker.subscribed(), "SUBSCRIBE");
        assert.deepEqual([connect!.version, connect!.clean], [version, true]);
        assert.match(connect!.clientId, /^[0-9A-Za-z]{1,23}$/);
        await until(() => monitor.counts === false);
      },
      {},
      { version },
    );
    assert.deepEqual(asked, [[DROPPED, 0], [UPTIME, 0]]);
  }
});

Deno.test("SysMonitor reads the count at each publication of the uptime", async () => {
  await monitoring({}, async ({ broker, clock, monitor, events }) => {
    const connection = await withTimeout(broker.subscribed(), "SUBSCRIBE");
    await publish(connection, 100, 7, true);
    await until(() => monitor.last !== undefined);
    assert.deepEqual(events.all, [], "what is retained is of some time ago");
    await clock.advance(10_000);
    await publish(connection, 110);
    const first = await events.next("reading");
    assert.deepEqual(first.reading, { ...monitor.last, dropped: 7, uptimeS: 110 });
    await clock.advance(11_000);
    await publish(connection, 121, 12);
    const { reading } = await events.next("reading");
    assert.deepEqual([reading.dropped, reading.uptimeS, reading.time], [12, 121, clock.now()]);
    assert.equal(monitor.counts, true);
    // The retained count was ten seconds old at the next one.
    const at = clock.monotonic();
    assert.equal(monitor.before(at - 21_500), undefined);
    assert.equal(monitor.before(at - 20_000)!.dropped, 7);
    assert.deepEqual([monitor.before(at - 1)!.dropped, monitor.before(at)!.dropped], [7, 12]);
  });
});

Deno.test("SysMonitor.onReading() names the time of the last confirmed ask() as its end", async () => {
  await monitoring({}, async ({ broker, clock, monitor, events }) => {
    const connection = await withTimeout(broker.subscribed(), "SUBSCRIBE");
    const began = clock.monotonic();
    await publish(connection, 100, 0, true);
    await until(() => monitor.last !== undefined);
    await clock.advance(5_000);
    await publish(connection, 105);
    assert.equal((await events.next("reading")).until, began);
    await clock.advance(1_000);
    monitor.ask();
    await clock.advance(4_000);
    // The answer may come after the first of them.
    const counted: number[] = [];
    while (!counted.some((until) => until >= began + 6_000)) {
      await publish(connection, 110);
      counted.push((await events.next("reading")).until);
    }
    assert.equal(counted[0], began + (counted.length > 1 ? 5_000 : 6_000));
  });
});

Deno.test("SysMonitor.counts is false for a broker that publishes no count, refuses or is silent", async () => {
  const scripts: Script[] = [
    {},
    { suback: (filters) => filters.map(() => 0x87) },
    { connack: () => ({ code: 0x87 }) },
    { connack: () => "close" },
  ];
  for (const script of scripts) {
    await monitoring(script, async ({ broker, clock, events, monitor }) => {
      await events.next("none");
      assert.equal(monitor.counts, false);
      const { length } = broker.connections;
      await clock.advance(29_000);
      assert.equal(broker.connections.length, length, "a refusal is not asked about soon");
    });
  }
});

Deno.test("SysMonitor ignores figures that are not in Mosquitto's format", async () => {
  await monitoring({}, async ({ broker, monitor, events }) => {
    const connection = await withTimeout(broker.subscribed(), "SUBSCRIBE");
    const version = 5;
    await events.next("none");
    for (const [topic, payload] of [[UPTIME, "1 day"], [DROPPED, "none"], [DROPPED, "7"]]) {
      await connection.send(publishPacket({ topic: topic!, payload: payload!, version }));
    }
    await connection.send(publishPacket({ topic: UPTIME, payload: "0:00:07", version }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([monitor.last, events.all], [undefined, [{ type: "none" }]]);
  });
});

Deno.test("SysMonitor reconnects and keeps earlier readings", async () => {
  await monitoring({}, async ({ broker, clock, monitor }) => {
    const connection = await withTimeout(broker.subscribed(), "SUBSCRIBE");
    await publish(connection, 100, 7, true);
    await until(() => monitor.last !== undefined);
    const at = clock.monotonic();
    connection.close();
    await until(() => clock.sleeping > 0);
    await clock.advance(1_000);
    await withTimeout(broker.subscribed(1), "the next SUBSCRIBE");
    assert.equal(monitor.before(at)!.dropped, 7);
    assert.equal(monitor.counts, true);
  });
});

Deno.test("SysMonitor waits until the recording's connection has lasted a while", async () => {
  await monitoring(
    {},
    async ({ broker, clock, main }) => {
      await clock.asleep(1_000);
      await clock.advance(5_000);
      assert.equal(broker.connections.length, 0);
      main.connectedMs = 6_000;
      await clock.advance(1_000);
      await withTimeout(broker.subscribed(), "SUBSCRIBE");
    },
    {},
    { connectedMs: 5_999 },
  );
});

Deno.test("SysMonitor leaves a broker alone that names clients by user, and keeps the session", async () => {
  for (const sessionPresent of [true, false]) {
    await monitoring({
      connack: ({ clean }) => ({ sessionPresent: sessionPresent && !clean }),
    }, async ({ broker, events, main }) => {
      const probe = await withTimeout(broker.accepted(0), "a connection");
      const { disconnect, sessionExpirySeconds } = await withTimeout(probe.ended, "its end");
      assert.deepEqual([probe.connect!.clean, disconnect], [false, 0]);
      assert.equal(sessionExpirySeconds, sessionPresent ? undefined : 0);
      if (sessionPresent) {
        await events.next("none");
        assert.equal(broker.connections.length, 1);
      } else {
        const connection = await withTimeout(broker.subscribed(1), "SUBSCRIBE");
        assert.equal(connection.connect!.clean, true);
      }
      assert.equal(main.provoked, false);
    }, { username: "anna" });
  }
});
