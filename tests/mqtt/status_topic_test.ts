import assert from "node:assert/strict";
import type { ConnectionEvent } from "../../lib/mqtt/connection_events.ts";
import { connected, longestWaits, openAt, ours } from "../support/connected.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { ConnackAnswer, Script } from "../faults/strict_script.ts";
import { EventLog } from "../support/event_log.ts";
import { until } from "../support/until.ts";

const STATUS = { statusTopic: "state" };

/** Properties of CONNACK of a broker with limits. */
const NO_RETAIN = [0x25, 0], NO_QOS_1 = [0x24, 0];

type Seen = Pick<StrictBroker["connections"][number], "connect" | "published">;

/** QoS and retain of the will, and of each message. */
function kept({ connect, published }: Seen): (string | undefined)[] {
  const how = ({ qos, retain }: { qos: number; retain: boolean }) => `${qos} ${retain}`;
  return [connect!.will && how(connect!.will), ...published.map(how)];
}

/** Resolves when a connection has published `count` messages. */
async function published({ published }: Seen, count = 1): Promise<void> {
  await until(() => published.length >= count);
}

Deno.test("StatusTopic sets the will and publishes, retained with QoS 1", async () => {
  await connected({ puback: () => 0 }, async ({ broker }) => {
    const [connection] = broker.connections;
    await published(connection!);
    assert.deepEqual(connection!.connect!.will, {
      ...{ topic: "state", payload: "offline", qos: 1, retain: true },
    });
    assert.deepEqual(connection!.published, [
      { topic: "state", payload: "online", qos: 1, retain: true },
    ]);
  }, STATUS);
});

Deno.test("StatusTopic keeps to the limits in CONNACK", async () => {
  for (const [properties, how] of [[NO_RETAIN, "1 false"], [NO_QOS_1, "0 true"]] as const) {
    const script: Script = { connack: () => ({ properties }), puback: () => 0 };
    await connected(script, async ({ broker, events, drop }) => {
      await published(broker.connections[0]!);
      await drop();
      await events.next("connected");
      await published(broker.connections[1]!);
      assert.deepEqual(kept(broker.connections[0]!), ["1 true", how]);
      assert.deepEqual(kept(broker.connections[1]!), [how, how]);
    }, STATUS);
  }
});

/** Refuses wills by a rule. */
const refusing = (code: (will: { qos: number; retain: boolean }) => ConnackAnswer): Script => ({
  connack: ({ will }) => will ? code(will) : {},
  puback: () => 0,
});

Deno.test("StatusTopic does without retain and QoS 1 if the broker refuses the will for them", async () => {
  const script = refusing(({ qos, retain }) =>
    retain ? { code: 0x9a } : qos > 0 ? { code: 0x9b } : {}
  );
  await connected(script, async ({ broker, events }) => {
    await published(ours(broker)!);
    assert.deepEqual(kept(ours(broker)!), ["0 false", "0 false"]);
    assert.ok(events.all.every(({ type }) => type === "connected"));
  }, STATUS);
});

for (
  const [version, answer, code] of [
    [5, { code: 0x87 }, 0x87],
    [5, "close", undefined],
    [4, { code: 5 }, 5],
    [4, "close", undefined],
  ] as const
) {
  Deno.test(`StatusTopic is left out if MQTT ${version} answers its will with ${JSON.stringify(answer)}`, async () => {
    await connected(refusing(() => answer), async ({ broker, events, drop }) => {
      const before = broker.connections.length;
      await drop();
      await events.next("connected");
      assert.deepEqual(kept(ours(broker)!), [undefined]);
      assert.equal(broker.connections.length, before + 1);
      const refused = events.all.filter((event) => event.type === "statusRefused");
      assert.deepEqual(refused.map(({ topic, code }) => [topic, code]), [["state", code]]);
    }, { ...STATUS, mqttVersion: version });
  });
}

Deno.test("StatusTopic stays if the broker refuses every client, or has just come back", async () => {
  for (const answers of [[0x87, 0x87], [0x87, 0, 0]]) {
    const script: Script = {
      connack: (_, attempt) => ({ code: attempt === 0 ? 0 : answers[attempt - 1] ?? 0 }),
      puback: () => 0,
    };
    await connected(script, async ({ broker, clock, events, drop }) => {
      await published(broker.connections[0]!);
      await drop();
      if (answers[1] !== 0) {
        await events.next("unwanted");
        await clock.asleep(2_000);
        await clock.advance(2_000);
      }
      await events.next("connected");
      assert.deepEqual(kept(ours(broker)!).slice(0, 1), ["1 true"]);
      assert.ok(!events.all.some(({ type }) => type === "statusRefused"));
    }, STATUS);
  }
});

Deno.test("StatusTopic is left out if the broker refuses the message", async () => {
  const script: Script = { puback: () => ({ code: 0x87, reason: "read only" }) };
  await connected(script, async ({ broker, events, drop }) => {
    const { code, reason } = await events.next("statusRefused");
    assert.deepEqual([code, reason?.reasonString], [0x87, "read only"]);
    await drop();
    await events.next("connected");
    assert.deepEqual(kept(ours(broker)!), [undefined]);
  }, STATUS);
});

Deno.test("StatusTopic is left out if it is larger than the broker's packets", async () => {
  const script: Script = {
    connack: () => ({ properties: [0x27, 0, 0, 0, 20] }),
    puback: () => 0,
  };
  await connected(script, ({ broker, events }) => {
    const refused = events.all.filter((event) => event.type === "statusRefused");
    assert.deepEqual(refused.map(({ code }) => code), [0x95]);
    assert.deepEqual(ours(broker)!.published, []);
    return Promise.resolve();
  }, STATUS);
});

Deno.test("StatusTopic is left out if connections end with it and last without it", async () => {
  using _ = longestWaits();
  for (const [version, code] of [[4, undefined], [5, undefined], [5, 0x87]] as const) {
    const events = new EventLog<ConnectionEvent>();
    await using broker = StrictBroker.start({
      puback: (_, attempt) => {
        if (code === undefined) return "close";
        void broker.connections[attempt]!.disconnect(code);
        return "silent";
      },
    });
    const clock = new FakeClock();
    const connection = await openAt(broker, clock, events.onEvent, {
      ...STATUS,
      mqttVersion: version,
    });
    // One DISCONNECT is proof; a silent end may be a coincidence, two are not.
    for (let life = 0; life < (code ? 1 : 2); life++) {
      await events.next("disconnected");
      await clock.asleep(1_000);
      await clock.advance(1_000);
      await events.next("connected");
    }
    await clock.asleep(5_000);
    await clock.advance(5_000);
    assert.equal((await events.next("statusRefused")).code, code);
    assert.deepEqual(kept(ours(broker)!), [undefined]);
    assert.equal(connection.connected, true);
    connection.stop();
    connection.connection.client.end(true);
    connection.connection.gate.destroy();
    await connection.ended();
    assert.deepEqual([broker.errors, clock.sleeping], [[], 0]);
  }
});

Deno.test("StatusTopic is left out if its will makes the broker close later", async () => {
  for (const late of [true, false]) {
    const bad = new Set<number>();
    const script: Script = {
      connack({ will }, attempt) {
        if (will) bad.add(attempt);
        return {};
      },
      suback: (filters, attempt) =>
        !late || bad.has(attempt) ? "close" : filters.map(({ qos }) => qos),
      puback: () => 0,
    };
    if (!late) {
      await using broker = StrictBroker.start(script);
      const opening = openAt(broker, new FakeClock(), undefined, STATUS);
      await assert.rejects(opening, /Cannot subscribe to/);
      continue;
    }
    await connected(script, async ({ broker, clock, events }) => {
      assert.equal(broker.connections.length, 2);
      await clock.asleep(5_000);
      await clock.advance(5_000);
      await events.next("statusRefused");
      assert.deepEqual(kept(ours(broker)!), [undefined]);
    }, STATUS);
  }
});

Deno.test("StatusTopic stays if connections do not last without it either", async () => {
  using _ = longestWaits();
  const script: Script = { puback: (_, attempt) => attempt < 2 ? "close" : 0 };
  await connected(script, async ({ broker, clock, events, drop }) => {
    const again = async () => {
      await clock.asleep(1_000);
      await clock.advance(1_000);
      await events.next("connected");
    };
    for (let life = 0; life < 2; life++) {
      await events.next("disconnected");
      await again();
    }
    await clock.asleep(5_000);
    await drop(0);
    await again();
    await published(ours(broker)!);
    assert.deepEqual(kept(ours(broker)!), ["1 true", "1 true"]);
    assert.ok(!events.all.some(({ type }) => type === "statusRefused"));
  }, STATUS);
});
