import assert from "node:assert/strict";
import { BrokerClient } from "../../lib/mqtt/broker_client.ts";
import type { BrokerEvent } from "../../lib/mqtt/connection_events.ts";
import { systemClock as clock } from "../../lib/system/clock.ts";
import { EmbeddedBroker } from "../../lib/embedded_broker/embedded_broker.ts";
import { BrokerError } from "../../lib/locale/errors.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { freePort } from "../support/program.ts";

const host = "127.0.0.1";
const OPTIONS = { host, topics: ["sensors/#"], qos: 1 as const, clientId: "test", clock };

/** Placeholder for the packet identifier of the received packet. */
const ID = "id";

/** A server that answers the reads of each connection with `answers`, in order. */
function fakeBroker(...answers: readonly (readonly (number | typeof ID)[])[]) {
  const listener = Deno.listen({ hostname: host, port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      const buffer = new Uint8Array(4096);
      try {
        for (const answer of answers) {
          await conn.read(buffer);
          const id = buffer.slice(2, 4);
          await conn.write(Uint8Array.from(answer.flatMap((b) => b === ID ? [...id] : [b])));
        }
        // After DISCONNECT the server closes; otherwise it waits for the client.
        if (answers.at(-1)?.includes(0xe0)) throw new Error("done");
        while (await conn.read(buffer) !== null);
      } catch {
        // The client has closed the connection.
      }
      conn.close();
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
    },
  };
}

/** The error that `connect` to `port` fails with. */
async function refusal(port: number): Promise<BrokerError> {
  try {
    await using _broker = await BrokerClient.connect({ ...OPTIONS, port });
  } catch (error) {
    assert.ok(error instanceof BrokerError, String(error));
    return error;
  }
  throw new Error("It connected.");
}

const CONNACK_5 = [0x20, 3, 0, 0, 0];

Deno.test("BrokerClient.connect() names an address where nothing listens", async () => {
  const port = freePort();
  const { message } = await refusal(port);
  assert.ok(message.startsWith(`Cannot connect to "127.0.0.1:${port}": nothing is listening`));
});

Deno.test("BrokerClient.connect() rejects at once on refused credentials, MQTT 5 and 3.1.1", async () => {
  for (const answer of [[0x20, 3, 0, 0x86, 0], [0x20, 3, 0, 0x87, 0], [0x20, 2, 0, 5]]) {
    await using server = fakeBroker(answer);
    const error = await refusal(server.port);
    assert.match(error.message, /the broker wants a user name and a password/);
    assert.equal(error.final, true);
  }
});

Deno.test("BrokerClient.connect() names the code of any other refusal", async () => {
  await using server = fakeBroker([0x20, 3, 0, 0x83, 0]);
  assert.match((await refusal(server.port)).message, /the broker refused \(code 131\)/);
});

Deno.test("BrokerClient.connect() rejects if the broker refuses every filter", async () => {
  await using server = fakeBroker(CONNACK_5, [0x90, 4, ID, 0, 0x87]);
  const error = await refusal(server.port);
  assert.match(error.message, /refused \(code 135\)/);
  assert.equal(error.final, true);
});

Deno.test("BrokerClient.connect() says why SUBACK refuses, in the broker's own words", async () => {
  const ask = "Ask whoever runs it for the right to read there";
  for (
    const [code, state, remedy] of [
      [0x87, 'the broker refused (code 135: "b/ \\x1b")', ask],
      [0x9e, "the broker has no shared subscriptions (code 158:", "Leave out --share"],
      [0xa2, "the broker allows no wildcards, + and # (code 162:", "Name each topic in full"],
      [0x8f, "the broker does not accept that filter (code 143:", "Choose another one"],
      [0x97, "a quota of the broker is used up (code 151:", "Choose fewer filters"],
      [0x80, 'the broker refused (code 128: "b/ \\x1b")', "Check its access list"],
    ] as const
  ) {
    const reason = [7, 0x1f, 0, 4, 0x62, 0x2f, 0x20, 0x1b];
    await using server = fakeBroker(CONNACK_5, [0x90, 11, ID, ...reason, code]);
    const { message } = await refusal(server.port);
    assert.ok(message.startsWith(`Cannot subscribe to "sensors/#": ${state}`), message);
    assert.ok(message.split("\n")[1]!.startsWith(remedy), message);
  }
});

Deno.test("BrokerClient ends without reconnecting if another client takes over its id", async () => {
  await using server = fakeBroker(CONNACK_5, [0x90, 4, ID, 0, 1, 0xe0, 2, 0x8e, 0]);
  const events: string[] = [];
  const onEvent = ({ type }: BrokerEvent) => events.push(type);
  await using broker = await BrokerClient.connect({ ...OPTIONS, port: server.port }, onEvent);
  await assert.rejects(
    Array.fromAsync(broker.deliveries(new AbortController().signal)),
    /^BrokerError: Cannot stay connected as "test": another client took over that client id/,
  );
  assert.deepEqual(events, ["connected", "disconnected"]);
});

Deno.test("BrokerClient.connect() rejects a server that is no broker", async () => {
  await using server = fakeBroker([..."HTTP/1.1 400 Bad Request\r\n"].map((c) => c.charCodeAt(0)));
  assert.match(
    (await refusal(server.port)).message,
    /^Cannot connect to .*: it answers, but not in MQTT/,
  );
});

Deno.test("BrokerClient.deliveries() ends after the signal, with the messages under way", async () => {
  await using embedded = await EmbeddedBroker.start(0);
  await using broker = await BrokerClient.connect({ ...OPTIONS, port: embedded.port });
  const stop = new AbortController();
  const payload = new Uint8Array([49]);
  const message = {
    time: 0,
    topic: "sensors/a",
    payload,
    qos: 1 as const,
    retain: false,
    dup: false,
  };
  for (let i = 0; i < 20; i++) await broker.publish(message);
  stop.abort();
  let count = 0;
  for await (const { batch, ack } of broker.deliveries(stop.signal)) {
    count += batch.count;
    ack();
  }
  assert.equal(count, 20);
});

Deno.test("BrokerClient reconnects, subscribes, and receives messages published meanwhile", async () => {
  const port = freePort();
  const events: BrokerEvent["type"][] = [];
  const again = Promise.withResolvers<void>();
  const onEvent = (event: BrokerEvent) => {
    events.push(event.type);
    if (event.type === "connected" && event.again) again.resolve();
  };
  let embedded = await EmbeddedBroker.start(port);
  await using broker = await BrokerClient.connect({ ...OPTIONS, port, count: 1 }, onEvent);
  await embedded[Symbol.asyncDispose]();
  const payload = new Uint8Array([49]);
  const published = broker.publish(
    { time: 0, topic: "sensors/a", payload, qos: 1, retain: false, dup: false },
  );
  embedded = await EmbeddedBroker.start(port);
  await using _embedded = embedded;
  await again.promise;
  await published;
  const deliveries: Delivery[] = [];
  for await (const delivery of broker.deliveries(new AbortController().signal)) {
    deliveries.push(delivery);
    delivery.ack();
  }
  assert.equal(deliveries.length, 1);
  assert.deepEqual([events[0], events[1], events.at(-1)], [
    "connected",
    "disconnected",
    "connected",
  ]);
});
