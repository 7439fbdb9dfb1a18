import assert from "node:assert/strict";
import { concat } from "../support/arbitrary.ts";
import { Publishes, publishesOf } from "./publishes.ts";
import { StrictBroker } from "./strict_broker.ts";
import type { Script } from "./strict_script.ts";

const CONNECT_4 = Uint8Array.of(0x10, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97);
/** MQTT 5, Receive Maximum 2. */
const CONNECT_5 = Uint8Array.from(
  [0x10, 17, 0, 4, 77, 81, 84, 84, 5, 2, 0, 60, 3, 0x21, 0, 2, 0, 1, 97],
);
const SUBSCRIBE_4 = Uint8Array.of(0x82, 6, 0, 1, 0, 1, 35, 2);

async function dialog(
  script: Script,
  body: (broker: StrictBroker, client: Deno.Conn) => Promise<void>,
): Promise<void> {
  await using broker = StrictBroker.start(script);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
  try {
    await body(broker, client);
  } finally {
    client.close();
  }
}

async function read(client: Deno.Conn, count: number): Promise<number[]> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) at += await client.read(bytes.subarray(at)) ?? assert.fail("end");
  return [...bytes];
}

const CONNACK_4 = [0x20, 2, 0, 0];

Deno.test("StrictBroker answers a correct client and reports no error", async () => {
  await dialog({}, async (broker, client) => {
    await client.write(concat(CONNECT_4, SUBSCRIBE_4, Uint8Array.of(0xc0, 0)));
    assert.deepEqual(await read(client, 11), [...CONNACK_4, 0x90, 3, 0, 1, 2, 0xd0, 0]);
    const connection = await broker.subscribed();
    assert.deepEqual(connection.filters, [{ filter: "#", qos: 2, retainHandling: 0 }]);
    const blast = connection.blast(publishesOf(
      [{ topic: "t", payload: "1", qos: 1 }, { topic: "t", payload: "2", qos: 2 }],
      4,
    ));
    const publishes = [0x32, 6, 0, 1, 116, 0, 1, 49, 0x34, 6, 0, 1, 116, 0, 2, 50];
    assert.deepEqual(await read(client, 16), publishes);
    assert.equal(await blast, 2);
    await client.write(Uint8Array.of(0x40, 2, 0, 1, 0x50, 2, 0, 2));
    assert.deepEqual(await read(client, 4), [0x62, 2, 0, 2]);
    assert.equal(connection.inFlight.count, 1);
    await client.write(Uint8Array.of(0x70, 2, 0, 2, 0xe0, 0));
    assert.equal(await connection.settled(), true);
    assert.equal(connection.inFlight.acknowledged, 2);
    client.closeWrite();
    assert.deepEqual(await connection.ended, { disconnect: 0, sessionExpirySeconds: undefined });
    assert.deepEqual(broker.errors, []);
  });
});

Deno.test("StrictBroker keeps to the Receive Maximum of the client", async () => {
  await dialog({}, async (broker, client) => {
    await client.write(CONNECT_5);
    assert.deepEqual(await read(client, 5), [0x20, 3, 0, 0, 0]);
    const connection = await broker.accepted(0);
    const block = new Publishes(5);
    for (const payload of "abc") block.add({ topic: "t", payload, qos: 1 });
    const blast = connection.blast([block]);
    await read(client, 18);
    assert.equal(connection.inFlight.count, 2);
    await client.write(Uint8Array.of(0x40, 2, 0, 1));
    assert.deepEqual((await read(client, 9)).slice(-3), [3, 0, 99]);
    assert.equal(await blast, 3);
  });
});

Deno.test("StrictBroker sends scripted answers", async () => {
  const script: Script = {
    connack: (_, attempt) => attempt === 0 ? { code: 3 } : { sessionPresent: true },
    suback: () => [0x80],
  };
  await dialog(script, async (broker, client) => {
    await client.write(CONNECT_4);
    assert.deepEqual(await read(client, 4), [0x20, 2, 0, 3]);
    const again = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
    await again.write(concat(CONNECT_4, SUBSCRIBE_4));
    assert.deepEqual(await read(again, 9), [0x20, 2, 1, 0, 0x90, 3, 0, 1, 0x80]);
    again.close();
  });
});

const BREACHES: readonly (readonly [string, readonly number[], RegExp])[] = [
  ["an acknowledgement twice", [0x40, 2, 0, 1, 0x40, 2, 0, 1], /not in flight/],
  ["one for what was never sent", [0x40, 2, 0, 9], /not in flight/],
  ["one out of order", [0x40, 2, 0, 2], /out of order/],
  ["PUBREC for QoS 1", [0x50, 2, 0, 1], /out of order/],
  ["a packet cut off", [0x40, 2, 0], /cut off/],
  ["a reserved flag", [0x41, 2, 0, 1], /packet type 41/],
  ["bytes behind a packet", [0xc0, 1, 0], /1 bytes behind/],
  ["a second CONNECT", [...CONNECT_4], /out of turn/],
  ["a PUBLISH", [0x30, 3, 0, 1, 116], /packet type 30/],
];

for (const [name, bytes, report] of BREACHES) {
  Deno.test(`StrictBroker reports ${name}`, async () => {
    await dialog({}, async (broker, client) => {
      await client.write(CONNECT_4);
      await read(client, 4);
      const connection = await broker.accepted(0);
      await connection.blast(publishesOf(
        [{ topic: "t", payload: "1", qos: 1 }, { topic: "t", payload: "2", qos: 1 }],
        4,
      ));
      await client.write(Uint8Array.from(bytes));
      client.closeWrite();
      await connection.ended;
      assert.equal(broker.errors.length, 1);
      assert.match(broker.errors[0]!, report);
    });
  });
}
