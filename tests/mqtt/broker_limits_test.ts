import assert from "node:assert/strict";
import { forbids, intoPackets, limitsOf } from "../../lib/mqtt/broker_limits.ts";
import { openAt } from "../support/connected.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { StrictBroker } from "../faults/strict_broker.ts";

Deno.test("limitsOf() reads what CONNACK limits, and MQTT's maxima without it", () => {
  assert.deepEqual(limitsOf(undefined, 5, false), {
    receiveMaximum: 65_535,
    maximumPacketBytes: 268_435_460,
    maximumQos: 2,
    retains: true,
    wildcards: true,
    shared: true,
    identifiers: true,
  });
  const properties = {
    receiveMaximum: 20,
    maximumPacketSize: 100,
    maximumQoS: 1,
    retainAvailable: false,
    wildcardSubscriptionAvailable: false,
    sharedSubscriptionAvailable: false,
    subscriptionIdentifiersAvailable: false,
  };
  assert.deepEqual(Object.values(limitsOf(properties, 5, true)), [
    19,
    100,
    1,
    false,
    false,
    false,
    false,
  ]);
  assert.equal(limitsOf({ receiveMaximum: 1 }, 5, true).receiveMaximum, 1);
  assert.equal(limitsOf(undefined, 4, false).identifiers, false);
});

Deno.test("forbids() names the code of a filter that the broker would close for", () => {
  const all = limitsOf(undefined, 5, false);
  for (const filter of ["a", "a/#", "$share/g/a/+"]) assert.equal(forbids(all, filter), undefined);
  assert.equal(forbids({ ...all, wildcards: false }, "a/+"), 0xa2);
  assert.equal(forbids({ ...all, wildcards: false }, "a"), undefined);
  assert.equal(forbids({ ...all, shared: false }, "$share/g/a"), 0x9e);
  assert.equal(forbids({ ...all, maximumPacketBytes: 20 }, "12345"), 0x95);
  assert.equal(forbids({ ...all, maximumPacketBytes: 20 }, "1234"), undefined);
});

Deno.test("intoPackets() divides by eight, and by the size of a packet", () => {
  const filters = Array.from({ length: 17 }, (_, i) => String.fromCharCode(97 + i));
  const sizes = (maximumPacketBytes: number) =>
    intoPackets(filters, (filter) => filter, { maximumPacketBytes }).map(({ length }) => length);
  assert.deepEqual(sizes(1_000), [8, 8, 1]);
  assert.deepEqual(sizes(13 + 3 * 4), [3, 3, 3, 3, 3, 2]);
  assert.deepEqual(intoPackets([], String, { maximumPacketBytes: 9 }), []);
});

/** CONNACK properties of a broker without wildcards, and with packets of at most 40 bytes. */
const LIMITS = [0x28, 0, 0x27, 0, 0, 0, 40];

Deno.test("subscribe() sends no filter that the broker would close the connection for", async () => {
  await using broker = StrictBroker.start({ connack: () => ({ properties: LIMITS }) });
  const clock = new FakeClock();
  const topics = ["a", "b/#", "long/".repeat(9)];
  const opened = await openAt(broker, clock, () => {}, { topics });
  const { refused, client, gate } = opened.connection;
  assert.deepEqual(refused.map(({ topic, code }) => [topic, code]), [[topics[1], 0xa2], [
    topics[2],
    0x95,
  ]]);
  assert.deepEqual(broker.connections[0]!.requests, [["a"]]);
  opened.stop();
  client.end(true);
  gate.destroy();
  await opened.ended();
});

Deno.test("ReconnectingConnection.open() rejects if the broker allows none of the filters", async () => {
  await using broker = StrictBroker.start({ connack: () => ({ properties: LIMITS }) });
  await assert.rejects(
    openAt(broker, new FakeClock(), () => {}, { topics: ["b/#", "+/c"] }),
    /Cannot subscribe to "b\/#": the broker allows no wildcards, \+ and # \(code 162\)/,
  );
  assert.deepEqual(broker.connections[0]!.requests, []);
});
