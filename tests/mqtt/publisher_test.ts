import assert from "node:assert/strict";
import { BrokerError } from "../../lib/locale/errors.ts";
import { MalformedPacketError } from "../../lib/mqtt/packets/properties.ts";
import { Publisher } from "../../lib/mqtt/publisher.ts";
import { PUBACK, PUBCOMP, PUBREC } from "../../lib/mqtt/packets/packet_reader.ts";
import { connectedPublisher, FakeLine, message, type Sent, watch } from "../support/fake_line.ts";

const PUBLISH = 3, PUBREL = 6;
const payloads = (sent: readonly Sent[]) => sent.map(({ payload }) => payload);

Deno.test("Publisher.publish() resolves at once at QoS 0, and all of a turn leave together", async () => {
  const { publisher, line } = connectedPublisher();
  for (const text of ["a", "b", "c"]) await publisher.publish(message(text, 0));
  const sent = await line.take();
  assert.deepEqual(payloads(sent), ["a", "b", "c"]);
  assert.ok(sent.every(({ type, qos, dup }) => type === PUBLISH && qos === 0 && !dup));
});

Deno.test("Publisher.publish() resolves at QoS 1 with its PUBACK, in any order", async () => {
  const { publisher, line } = connectedPublisher();
  const first = watch(publisher.publish(message("a"))),
    second = watch(publisher.publish(message("b")));
  const [a, b] = await line.take();
  assert.notEqual(a!.id, b!.id);
  assert.ok(publisher.acknowledge(PUBACK, b!.id, 0));
  await line.take();
  assert.deepEqual([first.state, second.state], ["waits", "resolved"]);
  // "No matching subscribers" is no refusal.
  publisher.acknowledge(PUBACK, a!.id, 0x10);
  await line.take();
  assert.equal(first.state, "resolved");
});

Deno.test("Publisher.publish() exchanges PUBREC, PUBREL and PUBCOMP at QoS 2", async () => {
  const { publisher, line } = connectedPublisher();
  const published = watch(publisher.publish(message("a", 2)));
  const [{ id, qos }] = await line.take() as [Sent];
  assert.equal(qos, 2);
  publisher.acknowledge(PUBREC, id, 0);
  const [ack] = await line.take();
  assert.deepEqual([ack!.type, ack!.id, published.state], [PUBREL, id, "waits"]);
  // A broker that has forgotten the identifier has the message.
  publisher.acknowledge(PUBCOMP, id, 0x92);
  await line.take();
  assert.equal(published.state, "resolved");
});

Deno.test("Publisher.publish() rejects with the code of a refusal", async () => {
  const { publisher, line } = connectedPublisher();
  for (const [qos, type] of [[1, PUBACK], [2, PUBREC]] as const) {
    const published = watch(publisher.publish(message("a", qos)));
    const [{ id }] = await line.take() as [Sent];
    publisher.acknowledge(type, id, 0x87, { reasonString: "not \x1bhere" });
    assert.deepEqual(await line.take(), []);
    assert.ok(published.error instanceof BrokerError && published.error.final);
    assert.match(published.error.message, /refused \(code 135: "not \\x1bhere"\)\nAsk .* right/);
  }
});

Deno.test("Publisher.publish() rejects with a remedy that fits the code", async () => {
  const { publisher, line } = connectedPublisher();
  const remedies = [[0x80, /log may/], [0x97, /larger/], [0x9b, /lower --qos/]] as const;
  for (const [code, remedy] of remedies) {
    const published = watch(publisher.publish(message("a")));
    const [{ id }] = await line.take() as [Sent];
    publisher.acknowledge(PUBACK, id, code);
    await line.take();
    assert.match(String(published.error).split("\n")[1]!, remedy);
  }
});

Deno.test("Publisher.publish() rejects a message beyond the limits of CONNACK, and sends others", async () => {
  const limits = { maximumPacketBytes: 10, maximumQos: 1, retains: false } as const;
  const { publisher, line } = connectedPublisher(limits);
  const refused = [message("longer", 1), message("a", 2), message("a", 0, { retain: true })]
    .map((each) => watch(publisher.publish(each)));
  void publisher.publish(message("abc"));
  assert.deepEqual(payloads(await line.take()), ["abc"]);
  const said = refused.map(({ error }) => /code \d+/.exec(String(error))?.[0]);
  assert.deepEqual(said, ["code 149", "code 155", "code 154"]);
});

Deno.test("Publisher keeps one place of the Receive Maximum free, and sends in order", async () => {
  const { publisher, line } = connectedPublisher({ receiveMaximum: 3 });
  for (const text of ["a", "b", "c", "d"]) void publisher.publish(message(text));
  void publisher.publish(message("e", 0));
  const [a, b] = await line.take();
  assert.deepEqual(payloads(await line.take()), []);
  publisher.acknowledge(PUBACK, b!.id, 0);
  assert.deepEqual(payloads(await line.take()), ["c"]);
  publisher.acknowledge(PUBACK, a!.id, 0);
  assert.deepEqual(payloads(await line.take()), ["d", "e"]);
});

Deno.test("Publisher.heard() sends the message that was held back", async () => {
  const { publisher, line } = connectedPublisher({ receiveMaximum: 3 });
  for (const text of ["a", "b", "c", "d", "e"]) void publisher.publish(message(text));
  publisher.heard();
  const [a, b] = await line.take();
  publisher.heard();
  assert.deepEqual(payloads(await line.take()), ["c"]);
  publisher.heard();
  assert.deepEqual(payloads(await line.take()), []);
  publisher.acknowledge(PUBACK, a!.id, 0);
  publisher.acknowledge(PUBACK, b!.id, 0);
  // The messages that these acknowledgements release need no other answer.
  publisher.heard();
  assert.deepEqual(payloads(await line.take()), ["d"]);
  publisher.heard();
  assert.deepEqual(payloads(await line.take()), ["e"]);
});

Deno.test("Publisher.publish() waits for a slow broker, and sends every message", async () => {
  const { publisher, line } = connectedPublisher();
  const write = Promise.withResolvers<void>();
  line.written = write.promise;
  const text = "x".repeat(100);
  const published = Array.from(
    { length: 2_000 },
    (_, i) => watch(publisher.publish(message(`${i} ${text}`, 0))),
  );
  await line.take();
  const done = () => published.filter(({ state }) => state === "resolved").length;
  const atMost = 64 * 1024 / text.length;
  assert.ok(done() > atMost / 2 && done() <= atMost, String(done()));
  line.written = Promise.resolve();
  write.resolve();
  for (let i = 0; i < 10; i++) await line.take().then((sent) => line.sent.push(...sent));
  assert.equal(done(), 2_000);
});

Deno.test("Publisher resends unacknowledged messages with DUP to a broker with the session", async () => {
  const { publisher, line } = connectedPublisher();
  const first = watch(publisher.publish(message("a")));
  void publisher.publish(message("b", 2));
  void publisher.publish(message("c", 2));
  const [a, b, c] = await line.take();
  publisher.acknowledge(PUBREC, b!.id, 0);
  publisher.detach();
  // Another message is published meanwhile.
  void publisher.publish(message("d"));
  assert.equal(first.state, "waits");
  const next = new FakeLine(true);
  publisher.attach(next);
  const sent = await next.take();
  assert.deepEqual(sent.slice(0, 3), [{ ...a, dup: true }, sent[1], { ...c, dup: true }]);
  assert.deepEqual([sent[1]!.type, sent[1]!.id], [PUBREL, b!.id]);
  assert.deepEqual([sent[3]!.payload, sent[3]!.dup], ["d", false]);
  publisher.acknowledge(PUBACK, a!.id, 0);
  await next.take();
  assert.equal(first.state, "resolved");
});

Deno.test("Publisher resends unacknowledged messages without DUP to a broker without the session", async () => {
  const { publisher, line } = connectedPublisher();
  void publisher.publish(message("a"));
  const received = watch(publisher.publish(message("b", 2)));
  void publisher.publish(message("c", 2));
  const [, b] = await line.take();
  publisher.acknowledge(PUBREC, b!.id, 0);
  publisher.detach();
  const next = new FakeLine(false);
  publisher.attach(next);
  const sent = await next.take();
  assert.deepEqual(payloads(sent), ["a", "c"]);
  assert.ok(sent.every(({ dup }) => !dup));
  // The broker has it: PUBREC.
  assert.equal(received.state, "resolved");
});

Deno.test("Publisher keeps order and window over two lost connections", async () => {
  const { publisher, line } = connectedPublisher();
  for (const text of ["a", "b", "c"]) void publisher.publish(message(text));
  await line.take();
  publisher.detach();
  const narrow = new FakeLine(true, { receiveMaximum: 1 });
  publisher.attach(narrow);
  assert.deepEqual(payloads(await narrow.take()), ["a"]);
  publisher.detach();
  const next = new FakeLine(true);
  publisher.attach(next);
  const sent = await next.take();
  assert.deepEqual(payloads(sent), ["a", "b", "c"]);
  assert.ok(sent.every(({ dup }) => dup));
});

Deno.test("Publisher.acknowledge() leaves npm:mqtt its own, and throws on a wrong answer", async () => {
  const { publisher, line } = connectedPublisher();
  assert.equal(publisher.acknowledge(PUBACK, 1, 0), false);
  void publisher.publish(message("a"));
  void publisher.publish(message("b", 2));
  const [a, b] = await line.take();
  for (
    const [type, { id }] of [[PUBREC, a!], [PUBCOMP, a!], [PUBACK, b!], [PUBCOMP, b!]] as const
  ) {
    assert.throws(() => publisher.acknowledge(type, id, 0), MalformedPacketError);
  }
  // A late acknowledgement, after a connection without the session.
  const unknown = a!.id === 300 ? 301 : 300;
  if (unknown !== b!.id) assert.equal(publisher.acknowledge(PUBACK, unknown, 0), true);
});

Deno.test("Publisher.end() waits for sent messages, drops others, and accepts no more", async () => {
  const { publisher, line } = connectedPublisher({ receiveMaximum: 1 });
  void publisher.publish(message("a"));
  const waiting = watch(publisher.publish(message("b")));
  const [a] = await line.take();
  const ended = watch(publisher.end());
  await publisher.publish(message("c"));
  assert.deepEqual(await line.take(), []);
  assert.deepEqual([waiting.state, ended.state], ["resolved", "waits"]);
  publisher.acknowledge(PUBACK, a!.id, 0);
  await line.take();
  assert.equal(ended.state, "resolved");
  await new Publisher().end();
});
