import assert from "node:assert/strict";
import { concat } from "../support/arbitrary.ts";
import { Publishes } from "../faults/publishes.ts";
import { BlastBroker, type Load, type Subscriber } from "./blast_broker.ts";

const CONNECT_4 = Uint8Array.of(0x10, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97);
/** MQTT 5, Receive Maximum 2. */
const CONNECT_5 = Uint8Array.from(
  [0x10, 17, 0, 4, 77, 81, 84, 84, 5, 2, 0, 60, 3, 0x21, 0, 2, 0, 1, 97],
);
const SUBSCRIBE_4 = Uint8Array.of(0x82, 6, 0, 1, 0, 1, 35, 1);
const SUBSCRIBE_5 = Uint8Array.of(0x82, 7, 0, 1, 0, 0, 1, 35, 1);

async function read(client: Deno.Conn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) at += await client.read(bytes.subarray(at)) ?? assert.fail("end");
  return bytes;
}

/** Reads what has arrived; returns its length. */
async function readSome(client: Deno.Conn): Promise<number> {
  return await client.read(new Uint8Array(4096)) ?? assert.fail("end");
}

/** Three messages of QoS 1. */
function makeLoad(): Load {
  const load = { 4: new Publishes(4), 5: new Publishes(5) };
  for (const payload of ["1", "2", "3"]) {
    load[4].add({ topic: "t", payload, qos: 1 });
    load[5].add({ topic: "t", payload, qos: 1 });
  }
  return load;
}

/** Runs `body` with a client that has connected, subscribed and read the answers. */
async function dialog(
  version: 4 | 5,
  body: (subscriber: Subscriber, client: Deno.Conn) => Promise<void>,
): Promise<void> {
  await using broker = new BlastBroker();
  const waiting = broker.subscriber();
  using client = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
  const hello = version === 4 ? [CONNECT_4, SUBSCRIBE_4] : [CONNECT_5, SUBSCRIBE_5];
  const answers = version === 4
    ? [0x20, 2, 0, 0, 0x90, 3, 0, 1, 1]
    : [0x20, 3, 0, 0, 0, 0x90, 4, 0, 1, 0, 1];
  await client.write(concat(...hello));
  assert.deepEqual([...await read(client, answers.length)], answers);
  await body(await waiting, client);
}

for (const version of [4, 5] as const) {
  Deno.test(`Subscriber.blast() repeats the packets of protocol version ${version} up to the count`, () =>
    dialog(version, async (subscriber, client) => {
      const load = makeLoad();
      const { bytes } = load[version];
      assert.equal(subscriber.version, version);
      assert.equal(subscriber.receiveMaximum, version === 4 ? 65_535 : 2);
      await subscriber.blast(load, { count: 7 });
      const wanted = concat(bytes, bytes, bytes.subarray(0, load[version].start(1)));
      assert.deepEqual(await read(client, wanted.length), wanted);
    }));
}

Deno.test("Subscriber.blast() keeps no more messages in flight than its window", () =>
  dialog(4, async (subscriber, client) => {
    const load = makeLoad();
    const size = load[4].start(1);
    let acknowledged = 0;
    subscriber.onAcknowledged = (count) => acknowledged += count;
    const blast = subscriber.blast(load, { count: 5, window: 2 });
    assert.equal(await readSome(client), 2 * size);
    await client.write(Uint8Array.of(0x40, 2, 0, 1));
    assert.equal(await readSome(client), size);
    await client.write(Uint8Array.of(0x40, 2, 0, 2, 0x40, 2, 0, 3));
    await read(client, 2 * size);
    await blast;
    assert.deepEqual([subscriber.acknowledged, acknowledged], [3, 3]);
  }));

Deno.test("BlastBroker.subscriber() ignores a connection that ends before it subscribes", async () => {
  await using broker = new BlastBroker();
  const waiting = broker.subscriber();
  const first = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
  await first.write(CONNECT_4);
  await read(first, 4);
  first.close();
  using second = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
  await second.write(concat(CONNECT_5, SUBSCRIBE_5));
  assert.equal((await waiting).version, 5);
});
