import assert from "node:assert/strict";
import { Batch } from "../../lib/message/batch.ts";
import type { Message } from "../../lib/message/message.ts";
import { arbitraryMessage, batchOf, bytes, message, seeded } from "../support/arbitrary.ts";

Deno.test("Batch reads back 2,000 messages as they were packed", () => {
  const random = seeded(1);
  const messages = Array.from({ length: 2000 }, () => arbitraryMessage(random));
  const batch = batchOf(messages);
  assert.equal(batch.count, 2000);
  for (const [i, read] of [...batch].entries()) {
    const { payload, ...rest } = messages[i]!;
    assert.deepEqual({ ...read, payload: [...read.payload] }, { ...rest, payload: [...payload] });
  }
});

Deno.test("Batch.push() copies its parts, so that the source may change afterwards", () => {
  const batch = new Batch();
  const source = bytes("..topic..payload..");
  batch.push(5, source, {
    topicStart: 2,
    topicEnd: 7,
    topicClasses: 0,
    payloadStart: 9,
    payloadEnd: 16,
    qos: 2,
    retain: true,
    dup: true,
  });
  source.fill(0);
  const read = batch.at(0);
  assert.equal(read.topic, "topic");
  assert.equal(new TextDecoder().decode(read.payload), "payload");
  assert.deepEqual([read.time, read.qos, read.retain, read.dup], [5, 2, true, true]);
  assert.equal(batch.flags(0), 2 | 4 | 8);
});

Deno.test("Batch.byteLength counts topics and payloads", () => {
  assert.equal(batchOf([message("ab", "cde"), message("f", "")]).byteLength, 6);
});

Deno.test("Batch.clear() empties the batch for reuse", () => {
  const batch = batchOf([message("a", "1"), message("b", "2")]);
  batch.clear();
  assert.deepEqual([batch.count, batch.byteLength, [...batch].length], [0, 0, 0]);
  batch.add(message("c", "3"));
  assert.equal(batch.at(0).topic, "c");
  assert.throws(() => batch.at(1), RangeError);
  assert.throws(() => batch.at(-1), RangeError);
});

Deno.test("Batch.at() returns a copy of the payload", () => {
  const batch = batchOf([message("a", "1")]);
  const first: Message = batch.at(0);
  first.payload[0] = 0;
  assert.deepEqual(batch.at(0).payload, bytes("1"));
});
