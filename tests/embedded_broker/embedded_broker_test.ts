import assert from "node:assert/strict";
import { systemClock as clock } from "../../lib/system/clock.ts";
import { BrokerClient } from "../../lib/mqtt/broker_client.ts";
import {
  EmbeddedBroker,
  type EmbeddedEvent,
  isListening,
} from "../../lib/embedded_broker/embedded_broker.ts";
import { isLoopback } from "../../lib/config/address.ts";
import { BrokerError, UsageError } from "../../lib/locale/errors.ts";
import type { Message, QoS } from "../../lib/message/message.ts";
import { freePort } from "../support/program.ts";

const host = "127.0.0.1";

/** A message worth publishing. */
function message(text: string, qos: 0 | 1 | 2, topic = "sensors/a"): Message {
  const payload = new TextEncoder().encode(text);
  return { time: 0, topic, payload, qos, retain: false, dup: false };
}

for (const qos of [0, 1, 2] as const) {
  Deno.test(`a client of the embedded broker gets back what it publishes at QoS ${qos}`, async () => {
    await using embedded = await EmbeddedBroker.start(0);
    const options = { host, port: embedded.port, topics: ["sensors/#"], qos, clock };
    await using broker = await BrokerClient.connect({ ...options, clientId: "test", count: 50 });
    const publishing = (async () => {
      for (let i = 0; i < 50; i++) await broker.publish(message(String(i), qos));
    })();
    const texts: string[] = [];
    for await (const { batch, ack } of broker.deliveries(new AbortController().signal)) {
      for (const { payload, qos: got } of batch) {
        texts.push(new TextDecoder().decode(payload));
        assert.equal(got, qos);
      }
      ack();
    }
    await publishing;
    assert.deepEqual(texts, Array.from({ length: 50 }, (_, i) => String(i)));
  });
}

Deno.test("filters that overlap bring each message once, and the connection stays", async () => {
  for (const own of [[], [["+/a", 0]], [["sensors/+", 2]]] as const) {
    const topicQos = new Map<string, QoS>(own);
    await using embedded = await EmbeddedBroker.start(0);
    const topics = ["+/a", "sensors/+"];
    const options = { host, port: embedded.port, topics, qos: 1 as const, topicQos, clock };
    const lost: string[] = [];
    await using broker = await BrokerClient.connect(
      { ...options, clientId: "test", count: 50 },
      ({ type }) => type === "disconnected" && void lost.push(type),
    );
    const publishing = (async () => {
      for (let i = 0; i < 50; i++) await broker.publish(message(String(i), 1));
    })();
    const texts: string[] = [];
    for await (const { batch, ack } of broker.deliveries(new AbortController().signal)) {
      for (const { payload } of batch) texts.push(new TextDecoder().decode(payload));
      ack();
    }
    await publishing;
    assert.deepEqual(texts, Array.from({ length: 50 }, (_, i) => String(i)));
    assert.deepEqual(lost, []);
  }
});

Deno.test("messages of other topics are not delivered", async () => {
  await using embedded = await EmbeddedBroker.start(0);
  const options = { host, port: embedded.port, topics: ["sensors/+"], qos: 1 as const, clock };
  await using broker = await BrokerClient.connect({ ...options, clientId: "test", count: 1 });
  await broker.publish(message("no", 1, "other/a"));
  await broker.publish(message("yes", 1, "sensors/a"));
  for await (const { batch, ack } of broker.deliveries(new AbortController().signal)) {
    assert.deepEqual([...batch].map(({ topic }) => topic), ["sensors/a"]);
    ack();
  }
});

Deno.test("a broker that is there is used, otherwise one is started", async () => {
  const events: EmbeddedEvent[] = [];
  const onEvent = (event: EmbeddedEvent) => events.push(event);
  const port = freePort();
  assert.equal(await isListening(host, port), false);
  await using first = await EmbeddedBroker.startUnlessListening({ host, port }, { onEvent });
  assert.equal(first?.port, port);
  assert.equal(await isListening(host, port), true);
  assert.equal(await EmbeddedBroker.startUnlessListening({ host, port }, { onEvent }), undefined);
  assert.deepEqual(events.map((event) => event.type === "embedded" && event.started), [
    true,
    false,
  ]);
});

Deno.test("a port that another program uses is refused with the system's code", async () => {
  await using embedded = await EmbeddedBroker.start(0);
  await assert.rejects(EmbeddedBroker.start(embedded.port), Deno.errors.AddrInUse);
});

Deno.test("it starts on this machine only, and a port that cannot be had is a broker error", async () => {
  assert.ok(isLoopback("LOCALHOST") && isLoopback("::1") && !isLoopback("192.0.2.1"));
  const elsewhere = EmbeddedBroker.startUnlessListening({ host: "192.0.2.1", port: 1883 });
  await assert.rejects(elsewhere, UsageError);
  const impossible = EmbeddedBroker.startUnlessListening({ host, port: 70_000 });
  await assert.rejects(impossible, BrokerError);
});
