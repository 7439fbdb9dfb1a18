import assert from "node:assert/strict";
import { BrokerQueue, type QueuedPacket } from "../../lib/embedded_broker/broker_queue.ts";

const client = { id: "c", clientId: "c" };

const publish = (brokerCounter: number, messageId?: number) => ({
  cmd: "publish",
  brokerCounter,
  messageId,
});

async function waiting(queue: BrokerQueue, id = client.id): Promise<QueuedPacket[]> {
  return await Array.fromAsync(queue.outgoingStream({ id }));
}

/** A queue with messages 1 … n, which have the identifiers 101 … 100 + n. */
async function filled(count: number): Promise<BrokerQueue> {
  const queue = new BrokerQueue();
  for (let i = 1; i <= count; i++) {
    await queue.outgoingEnqueueCombi([client], publish(i));
    await queue.outgoingUpdate(client, publish(i, 100 + i));
  }
  return queue;
}

Deno.test("messages wait in order until they are acknowledged, each client's by itself", async () => {
  const queue = await filled(3);
  await queue.outgoingEnqueue({ clientId: "other" }, publish(4));
  const { brokerCounter } = (await queue.outgoingClearMessageId(client, publish(0, 102)))!;
  assert.equal(brokerCounter, 2);
  assert.deepEqual((await waiting(queue)).map(({ messageId }) => messageId), [101, 103]);
  assert.equal((await waiting(queue, "other")).length, 1);
  assert.equal(await queue.outgoingClearMessageId(client, publish(0, 102)), undefined);
});

Deno.test("one message to several clients is one for each", async () => {
  const queue = new BrokerQueue();
  await queue.outgoingEnqueueCombi([client, { clientId: "d" }], publish(1));
  await queue.outgoingUpdate(client, publish(1, 7));
  await queue.outgoingUpdate({ id: "d" }, publish(1, 8));
  await queue.outgoingClearMessageId(client, publish(0, 7));
  assert.deepEqual(await waiting(queue), []);
  assert.deepEqual((await waiting(queue, "d")).map(({ messageId }) => messageId), [8]);
});

Deno.test("PUBREL takes the place of its message, also when the client comes back", async () => {
  const queue = await filled(3);
  await queue.outgoingUpdate(client, { cmd: "pubrel", messageId: 102 });
  assert.deepEqual((await waiting(queue)).map(({ cmd }) => cmd), ["publish", "pubrel", "publish"]);
  // Sent again, npm:aedes has given it a number of its own.
  await queue.outgoingUpdate(client, { cmd: "pubrel", brokerCounter: 9, messageId: 102 });
  await queue.outgoingClearMessageId(client, publish(0, 102));
  assert.deepEqual((await waiting(queue)).map(({ messageId }) => messageId), [101, 103]);
});

Deno.test("of two messages with one identifier the older one is acknowledged first", async () => {
  const queue = await filled(2);
  await queue.outgoingEnqueue(client, publish(3));
  await queue.outgoingUpdate(client, publish(3, 101));
  for (const expected of [1, 3, undefined]) {
    const cleared = await queue.outgoingClearMessageId(client, publish(0, 101));
    assert.equal(cleared?.brokerCounter, expected);
  }
});

Deno.test("a message that is never sent is taken out by what it is", async () => {
  const queue = await filled(1);
  await queue.outgoingEnqueue(client, publish(2));
  await queue.outgoingClearMessageId(client, publish(2));
  assert.deepEqual((await waiting(queue)).map(({ messageId }) => messageId), [101]);
  await assert.rejects(queue.outgoingUpdate(client, publish(2, 5)), /no such packet/);
});

Deno.test("the second copy for overlapping filters leaves the first one, which is being sent", async () => {
  const queue = await filled(1);
  await queue.outgoingEnqueueCombi([client, client], publish(2));
  const sent = new Promise<void>((resolve) =>
    void setImmediate(() => resolve(queue.outgoingUpdate(client, publish(2, 102))))
  );
  assert.equal(await queue.outgoingClearMessageId(client, publish(2)), undefined);
  await sent;
  assert.deepEqual((await waiting(queue)).map(({ messageId }) => messageId), [101, 102]);
  assert.equal((await queue.outgoingClearMessageId(client, publish(0, 102)))?.brokerCounter, 2);
});
