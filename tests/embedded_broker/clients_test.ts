import assert from "node:assert/strict";
import { EmbeddedBroker, type EmbeddedEvent } from "../../lib/embedded_broker/embedded_broker.ts";
import { bytes } from "../support/arbitrary.ts";
import { RawClient } from "../support/raw_client.ts";
import { EventLog } from "../support/event_log.ts";

/** Properties of a session that outlives its connection. */
const KEPT = { sessionExpiryInterval: 3600 };
const MB = 1024 * 1024;

for (const protocolVersion of [4, 5] as const) {
  const version = protocolVersion === 5 ? "MQTT 5" : "MQTT 3.1.1";

  Deno.test(`${version}: a message of each QoS reaches a subscriber, at most with its own QoS`, async () => {
    await using broker = await EmbeddedBroker.start(0);
    await using subscriber = await RawClient.connect(broker, { protocolVersion });
    await using publisher = await RawClient.connect(broker, { protocolVersion });
    for (const granted of [0, 1, 2] as const) {
      assert.deepEqual(await subscriber.subscribe("a/+", granted), [granted]);
      for (const qos of [0, 1, 2] as const) {
        await publisher.publish({ topic: "a/b", payload: `${qos}`, qos, messageId: 7 });
        if (qos === 1) assert.equal((await publisher.next("puback")).messageId, 7);
        if (qos === 2) {
          await publisher.next("pubrec");
          await publisher.send({ cmd: "pubrel", messageId: 7 });
          await publisher.next("pubcomp");
        }
        const got = await subscriber.next("publish");
        const want = ["a/b", `${qos}`, Math.min(qos, granted), false, false];
        assert.deepEqual([got.topic, `${got.payload}`, got.qos, got.retain, got.dup], want);
        const { messageId = 0 } = got;
        if (got.qos === 1) await subscriber.send({ cmd: "puback", messageId });
        if (got.qos === 2) {
          await subscriber.send({ cmd: "pubrec", messageId });
          assert.equal((await subscriber.next("pubrel")).messageId, messageId);
          await subscriber.send({ cmd: "pubcomp", messageId });
        }
      }
    }
    await subscriber.nothing();
  });

  Deno.test(`${version}: a session that stays gets what it missed, and again what it did not acknowledge`, async () => {
    await using broker = await EmbeddedBroker.start(0);
    const who = { clientId: "c", clean: false, protocolVersion, properties: KEPT };
    await using publisher = await RawClient.connect(broker);
    const publish = async (payload: string, messageId: number) => {
      await publisher.publish({ topic: "a", payload, qos: 1, messageId });
      await publisher.next("puback");
    };
    {
      await using first = await RawClient.connect(broker, who);
      assert.equal(first.connack.sessionPresent, false);
      await first.subscribe("a", 1);
      await publish("1", 1);
      await publish("2", 2);
      const { messageId } = await first.next("publish");
      await first.next("publish");
      await first.send({ cmd: "puback", messageId: messageId! });
      await first.disconnect();
    }
    await publish("3", 3);
    await using again = await RawClient.connect(broker, who);
    assert.equal(again.connack.sessionPresent, true);
    const [second, third] = [await again.next("publish"), await again.next("publish")];
    assert.deepEqual([`${second.payload}`, second.dup], ["2", true]);
    assert.deepEqual([`${third.payload}`, third.dup], ["3", false]);
    await again.send({ cmd: "disconnect" });
    await using anew = await RawClient.connect(broker, { ...who, clean: true });
    assert.equal(anew.connack.sessionPresent, false);
    await anew.nothing();
  });

  Deno.test(`${version}: a will is published for a client that goes without a word, and for no other`, async () => {
    await using broker = await EmbeddedBroker.start(0);
    await using subscriber = await RawClient.connect(broker);
    await subscriber.subscribe("will/#");
    const will = { topic: "will/a", payload: "gone", qos: 1, retain: true } as const;
    {
      await using polite = await RawClient.connect(broker, { protocolVersion, will });
      await polite.disconnect();
      await using _rude = await RawClient.connect(broker, { protocolVersion, will });
    }
    assert.equal(await subscriber.message(), "gone");
    await subscriber.nothing();
    await using late = await RawClient.connect(broker);
    await late.subscribe("will/+");
    assert.equal((await late.next("publish")).retain, true);
  });
}

Deno.test("a retained message waits for later subscribers until an empty one ends it", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using publisher = await RawClient.connect(broker);
  await publisher.publish({ topic: "a/b", payload: "old", retain: true });
  await publisher.publish({ topic: "a/b", payload: "new", retain: true });
  await publisher.nothing();
  await using subscriber = await RawClient.connect(broker);
  await subscriber.subscribe("#");
  const { retain, payload } = await subscriber.next("publish");
  assert.deepEqual([retain, `${payload}`], [true, "new"]);
  // To those who are there it is a message as any other [MQTT-3.3.1-9].
  await publisher.publish({ topic: "a/b", retain: true });
  assert.equal((await subscriber.next("publish")).retain, false);
  await subscriber.subscribe("a/+");
  await subscriber.nothing();
});

Deno.test("a retained message with another one behind it in the same segment reaches the subscriber", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using subscriber = await RawClient.connect(broker);
  await subscriber.subscribe("a/#", 0);
  await using device = await RawClient.connect(broker);
  for (const qos of [0, 1, 2] as const) {
    await device.publish(
      { topic: "a/state", payload: "retained", qos, messageId: 10 + qos, retain: true },
      { topic: "a/beat", payload: "next" },
    );
    assert.deepEqual([await subscriber.message(), await subscriber.message()], [
      "retained",
      "next",
    ]);
  }
});

Deno.test("MQTT 5: properties reach the subscriber in order, and the expiry interval is what is left of it", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using subscriber = await RawClient.connect(broker);
  await subscriber.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "a/#", qos: 0 }, { topic: "b", qos: 0 }],
    properties: { subscriptionIdentifier: 300 },
  });
  await subscriber.next("suback");
  await using publisher = await RawClient.connect(broker);
  const properties = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 60,
    contentType: "text/plain",
    responseTopic: "r",
    userProperties: { x: ["1", "2"], y: "3" },
  };
  await publisher.publish({ topic: "a/b", payload: "p", properties });
  const got = (await subscriber.next("publish")).properties!;
  assert.deepEqual({ ...got, userProperties: { ...got.userProperties } }, {
    ...properties,
    subscriptionIdentifier: 300,
  });
  await using old = await RawClient.connect(broker, { protocolVersion: 4 });
  await old.subscribe("a/b", 0);
  await publisher.publish({ topic: "a/b", payload: "p", properties });
  assert.equal(`${(await old.next("publish")).payload}`, "p");
});

Deno.test("MQTT 5: a message that has expired does not wait any longer", async () => {
  let now = 0;
  const clock = { now: () => 0, monotonic: () => now, sleep: sleepUntilAborted };
  await using broker = await EmbeddedBroker.start(0, { clock });
  await using publisher = await RawClient.connect(broker);
  for (const [topic, seconds] of [["short", 10], ["long", 100]] as const) {
    const properties = { messageExpiryInterval: seconds };
    await publisher.publish({ topic, payload: topic, retain: true, properties });
  }
  await publisher.nothing();
  now += 10_500;
  await using subscriber = await RawClient.connect(broker);
  await subscriber.subscribe("#");
  const { topic, properties } = await subscriber.next("publish");
  assert.deepEqual([topic, properties], ["long", { messageExpiryInterval: 90 }]);
  await subscriber.nothing();
});

Deno.test("MQTT 5: subscription options are kept: no local, retain as published, retain handling", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using client = await RawClient.connect(broker);
  await client.publish({ topic: "a", payload: "retained", retain: true });
  await client.subscribe("a", 0, { nl: true, rap: true, rh: 2 });
  await client.nothing();
  await client.subscribe("a", 0, { nl: true, rap: true, rh: 1 });
  await client.nothing();
  await client.subscribe("a", 0, { nl: true, rap: true, rh: 0 });
  assert.equal(await client.message(), "retained");
  await client.publish({ topic: "a", payload: "own" });
  await client.nothing();
  await using other = await RawClient.connect(broker);
  await other.publish({ topic: "a", payload: "other", retain: true });
  assert.equal((await client.next("publish")).retain, true);
});

Deno.test("MQTT 5: a shared subscription gives each message to one member, in turn", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using one = await RawClient.connect(broker);
  await using two = await RawClient.connect(broker);
  await one.subscribe("$share/g/a/#", 0);
  await two.subscribe("$share/g/a/#", 0);
  await using publisher = await RawClient.connect(broker);
  for (const payload of ["1", "2", "3", "4"]) await publisher.publish({ topic: "a/b", payload });
  assert.deepEqual([await one.message(), await one.message()], ["1", "3"]);
  assert.deepEqual([await two.message(), await two.message()], ["2", "4"]);
});

Deno.test("MQTT 5: a receiver gets no more at once than it takes, and no packet longer than it takes", async () => {
  await using broker = await EmbeddedBroker.start(0);
  const properties = { receiveMaximum: 2, maximumPacketSize: 100 };
  await using subscriber = await RawClient.connect(broker, { properties });
  await subscriber.subscribe("a", 1);
  await using publisher = await RawClient.connect(broker);
  for (const [i, payload] of ["1", "2", "x".repeat(200), "3"].entries()) {
    await publisher.publish({ topic: "a", payload, qos: 1, messageId: i + 1 });
    await publisher.next("puback");
  }
  const { messageId } = await subscriber.next("publish");
  await subscriber.next("publish");
  await subscriber.nothing();
  await subscriber.send({ cmd: "puback", messageId: messageId! });
  assert.equal(await subscriber.message(), "3");
});

Deno.test("MQTT 5: a client without a name is told which one it has, with 3.1.1 it must not keep a session", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using named = await RawClient.connect(broker, { clientId: "" });
  assert.match(named.connack.properties!.assignedClientIdentifier!, /./);
  await using refused = await RawClient.open(broker, 4);
  // MQTT 3.1.1, no flags, no keep-alive, no client id.
  await refused.send(Uint8Array.of(0x10, 12, 0, 4, ...bytes("MQTT"), 4, 0, 0, 0, 0, 0));
  assert.equal((await refused.next("connack")).returnCode, 2);
  await refused.closed();
});

Deno.test("a second client with the same id takes the place of the first", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using first = await RawClient.connect(broker, { clientId: "c" });
  await using second = await RawClient.connect(broker, { clientId: "c" });
  assert.equal((await first.next("disconnect")).reasonCode, 0x8e);
  await first.closed();
  await second.nothing();
});

Deno.test("a client that says nothing for 1.5 keep-alive intervals is disconnected", async () => {
  let now = 0;
  const clock = { now: () => 0, monotonic: () => now, sleep: shortSleep };
  await using broker = await EmbeddedBroker.start(0, { clock });
  await using client = await RawClient.connect(broker, { keepalive: 10 });
  now += 15_000;
  await client.nothing();
  now += 15_001;
  assert.equal((await client.next("disconnect")).reasonCode, 0x8d);
});

Deno.test("what breaks a rule of MQTT ends that client with the reason, and no other", async () => {
  await using broker = await EmbeddedBroker.start(0);
  await using other = await RawClient.connect(broker);
  const cases: readonly (readonly [string, Uint8Array, number])[] = [
    ["a wildcard in a topic", Uint8Array.of(0x30, 4, 0, 1, 0x23, 0), 0x81],
    ["QoS 3", Uint8Array.of(0x36, 4, 0, 1, 0x61, 0), 0x81],
    ["a length of five bytes", Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 1), 0x81],
    ["a packet of a server", Uint8Array.of(0x20, 2, 0, 0), 0x81],
    ["a subscription identifier", Uint8Array.of(0x30, 6, 0, 1, 0x61, 2, 0x0b, 1), 0x81],
    ["AUTH", Uint8Array.of(0xf0, 0), 0x81],
    ["SUBSCRIBE without a filter", Uint8Array.of(0x82, 5, 0, 1, 0, 0, 0), 0x81],
  ];
  for (const [name, bytes, code] of cases) {
    await using client = await RawClient.connect(broker);
    await client.send(bytes);
    assert.equal((await client.next("disconnect")).reasonCode, code, name);
    await client.closed();
  }
  await using twice = await RawClient.connect(broker);
  await twice.send({ cmd: "connect", clientId: "x", protocolId: "MQTT", protocolVersion: 5 });
  assert.equal((await twice.next("disconnect")).reasonCode, 0x82);
  await using deep = await RawClient.connect(broker);
  assert.deepEqual(await deep.subscribe(["a/#/b", "a".repeat(300).split("").join("/")]), [
    0x8f,
    0x8f,
  ]);
  await other.nothing();
});

Deno.test("a payload of 64 MB passes, a longer one ends its client and is told", async () => {
  const events = new EventLog<EmbeddedEvent>();
  await using broker = await EmbeddedBroker.start(0, { onEvent: events.onEvent });
  await using subscriber = await RawClient.connect(broker);
  await subscriber.subscribe("big", 1);
  await using device = await RawClient.connect(broker, { clientId: "camera" });
  const payload = new Uint8Array(64 * MB);
  await device.publish({ topic: "big", payload, qos: 1, messageId: 1 });
  await device.next("puback");
  assert.equal((await subscriber.next("publish")).payload.length, payload.length);
  // The length is enough: nobody waits for the rest.
  await device.send(Uint8Array.of(0x32, 0xff, 0xff, 0xff, 0x7f));
  assert.equal((await device.next("disconnect")).reasonCode, 0x95);
  const { type, ...loss } = await events.next("oversized");
  assert.deepEqual([type, loss], ["oversized", {
    clientId: "camera",
    bytes: 256 * MB + 4,
    most: 64 * MB,
  }]);
});

Deno.test("what waits for a client that is away is bounded, and told once", async () => {
  const events = new EventLog<EmbeddedEvent>();
  await using broker = await EmbeddedBroker.start(0, { onEvent: events.onEvent });
  {
    await using away = await RawClient.connect(broker, { clientId: "away", properties: KEPT });
    await away.subscribe("a", 1);
    await away.disconnect();
  }
  await using device = await RawClient.connect(broker);
  const payload = new Uint8Array(10 * MB);
  for (let messageId = 1; messageId <= 8; messageId++) {
    await device.publish({ topic: "a", payload, qos: 1, messageId });
    await device.next("puback");
  }
  const { clientId, bytes } = await events.next("overflow");
  assert.equal(clientId, "away");
  assert.ok(bytes > 60 * MB && bytes <= 64 * MB);
  assert.equal(events.all.length, 1);
  const again = { clientId: "away", clean: false, properties: KEPT };
  await using back = await RawClient.connect(broker, again);
  for (let i = 0; i < 6; i++) assert.equal((await back.message()).length, payload.length);
  await back.nothing();
});

Deno.test("the sessions of clients that are away are bounded: the longest away is forgotten", async () => {
  await using broker = await EmbeddedBroker.start(0);
  const connect = (i: number) =>
    RawClient.connect(broker, { clientId: `${i}`, clean: false, properties: KEPT });
  for (let i = 0; i <= 1_000; i++) {
    await using client = await connect(i);
    await client.disconnect();
  }
  await using forgotten = await connect(0);
  await using kept = await connect(1);
  assert.deepEqual([forgotten, kept].map(({ connack }) => connack.sessionPresent), [false, true]);
});

Deno.test("a session ends when its time is over, and a delayed will is published then", async () => {
  let now = 0;
  const clock = { now: () => 0, monotonic: () => now, sleep: shortSleep };
  await using broker = await EmbeddedBroker.start(0, { clock });
  await using subscriber = await RawClient.connect(broker);
  await subscriber.subscribe("will", 0);
  const who = { clientId: "c", clean: false, properties: { sessionExpiryInterval: 10 } };
  {
    const properties = { willDelayInterval: 60 };
    const will = { topic: "will", payload: "gone", qos: 0, retain: false, properties } as const;
    await using _client = await RawClient.connect(broker, { ...who, will });
  }
  await subscriber.nothing();
  now += 10_000;
  assert.equal(await subscriber.message(), "gone");
  await using client = await RawClient.connect(broker, who);
  assert.equal(client.connack.sessionPresent, false);
});

/** Never wakes but at the end: the test turns the clock. */
function sleepUntilAborted(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal?.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** Wakes soon, however long: what is due is looked at again and again. */
function shortSleep(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, 2);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
