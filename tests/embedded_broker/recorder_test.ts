import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../lib/embedded_broker/embedded_broker.ts";
import { RawClient } from "../support/raw_client.ts";

const RECORDER = "recorder";

/** The recorder, which has subscribed to `filter`. */
async function served(broker: EmbeddedBroker, filter = "a/#"): Promise<RawClient> {
  const recorder = await RawClient.connect(broker, { clientId: RECORDER });
  await recorder.subscribe(filter);
  return recorder;
}

Deno.test("a publisher is acknowledged once the recorder has acknowledged, at QoS 1 and 2", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using recorder = await served(broker);
  await using device = await RawClient.connect(broker);
  await device.publish({ topic: "a/b", qos: 1, messageId: 1 });
  const one = await recorder.next("publish");
  await device.nothing();
  await recorder.send({ cmd: "puback", messageId: one.messageId! });
  assert.equal((await device.next("puback")).messageId, 1);
  await device.publish({ topic: "a/b", qos: 2, messageId: 2 });
  const two = await recorder.next("publish");
  await device.nothing();
  await recorder.send({ cmd: "pubrec", messageId: two.messageId! });
  assert.equal((await device.next("pubrec")).messageId, 2);
});

Deno.test("acknowledgements leave in the order of their messages, also of those nobody records", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using recorder = await served(broker);
  await using device = await RawClient.connect(broker);
  await device.publish(
    { topic: "a/b", qos: 1, messageId: 1 },
    { topic: "other", qos: 1, messageId: 2 },
  );
  const { messageId } = await recorder.next("publish");
  await device.nothing();
  await recorder.send({ cmd: "puback", messageId: messageId! });
  for (const id of [1, 2]) assert.equal((await device.next("puback")).messageId, id);
});

Deno.test("what is published before the recorder listens waits for it, and is not acknowledged", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using device = await RawClient.connect(broker);
  await device.publish({ topic: "a/b", payload: "first", qos: 1, messageId: 1 }, { topic: "a/c" });
  await using recorder = await served(broker);
  const { payload, messageId } = await recorder.next("publish");
  assert.equal(`${payload}`, "first");
  assert.equal((await recorder.next("publish")).topic, "a/c");
  await recorder.send({ cmd: "puback", messageId: messageId! });
  await device.next("puback");
});

Deno.test("once the recorder has unsubscribed nothing is acknowledged any more", async () => {
  const broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using recorder = await served(broker);
  await using device = await RawClient.connect(broker);
  await device.publish({ topic: "a/b", qos: 1, messageId: 1 });
  const { messageId } = await recorder.next("publish");
  await recorder.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["a/#"] });
  await recorder.next("unsuback");
  await device.publish({ topic: "a/b", qos: 1, messageId: 2 }, {
    topic: "x",
    qos: 1,
    messageId: 3,
  });
  // What the recorder was sent it may still acknowledge.
  await recorder.send({ cmd: "puback", messageId: messageId! });
  assert.equal((await device.next("puback")).messageId, 1);
  await recorder.disconnect();
  await broker[Symbol.asyncDispose]();
  assert.equal((await device.next("disconnect")).reasonCode, 0x8b);
});

Deno.test("publishers whose messages go with the recorder's session are disconnected: they send them again", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using device = await RawClient.connect(broker);
  {
    await using recorder = await served(broker);
    await device.publish({ topic: "a/b", qos: 1, messageId: 1 });
    await recorder.next("publish");
    await recorder.disconnect();
  }
  await device.closed();
});

Deno.test("nothing is dropped for a recorder that is slow: the publishers wait", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using recorder = await served(broker);
  await using device = await RawClient.connect(broker);
  const payload = new Uint8Array(1024 * 1024);
  const count = 12;
  const messages = Array.from({ length: count }, (_, i) => i + 1)
    .map((messageId) => ({ topic: "a/b", payload, qos: 1, messageId }) as const);
  const sent = device.publish(...messages);
  const ids = [];
  while (ids.length < 4) ids.push((await recorder.next("publish")).messageId!);
  await recorder.nothing();
  for (const messageId of ids) await recorder.send({ cmd: "puback", messageId });
  for (let i = ids.length; i < count; i++) await recorder.message();
  await sent;
  for (const { messageId } of messages) {
    assert.equal((await device.next("puback")).messageId, messageId);
  }
});

Deno.test("the recorder's own messages are acknowledged at once, as long as it keeps up", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using recorder = await served(broker);
  const payload = new Uint8Array(3 * 1024 * 1024);
  const own = (messageId: number) => ({ topic: "a/b", payload, qos: 1, messageId }) as const;
  await recorder.publish(own(1));
  await recorder.next("publish");
  await recorder.next("puback");
  await recorder.publish(own(2));
  const { messageId } = await recorder.next("publish");
  await recorder.nothing();
  await recorder.send({ cmd: "puback", messageId: messageId! });
  assert.equal((await recorder.next("puback")).messageId, 2);
});

Deno.test("a message with QoS 2 that is sent again on another connection is recorded once", async () => {
  await using broker = await EmbeddedBroker.start(0, { recorderId: RECORDER });
  await using recorder = await served(broker);
  const who = { clientId: "d", clean: false, properties: { sessionExpiryInterval: 60 } };
  const message = { topic: "a/b", payload: "once", qos: 2, messageId: 5 } as const;
  {
    await using device = await RawClient.connect(broker, who);
    await device.publish(message);
    await recorder.next("publish").then(({ messageId }) =>
      recorder.send({ cmd: "pubrec", messageId: messageId! })
    );
    await device.next("pubrec");
  }
  await recorder.next("pubrel");
  await using again = await RawClient.connect(broker, who);
  await again.publish({ ...message, dup: true });
  await again.next("pubrec");
  await again.send({ cmd: "pubrel", messageId: 5 });
  await again.next("pubcomp");
  await recorder.nothing();
});
