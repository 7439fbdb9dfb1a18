import assert from "node:assert/strict";
import { MessageFilter, type MessageFilterOptions } from "../../lib/mqtt/message_filter.ts";

const encoder = new TextEncoder();

/** Whether a message becomes a row. */
function takes(messageFilter: MessageFilter, topic: string, payload = "", retain = false): boolean {
  const bytes = encoder.encode(`xx${topic}${payload}`);
  const topicEnd = 2 + encoder.encode(topic).length;
  return messageFilter.takes(bytes, {
    ...{
      topicStart: 2,
      topicEnd,
      topicClasses: 0,
      payloadStart: topicEnd,
      payloadEnd: bytes.length,
    },
    ...{ qos: 0, retain, dup: false, id: 0 },
  });
}

Deno.test("MessageFilter.takes() accepts everything by default", () => {
  const messageFilter = new MessageFilter({});
  assert.ok(messageFilter.isAll && takes(messageFilter, "a", "b", true));
  const choices: MessageFilterOptions[] = [{ filterOut: ["a"] }, { retained: "none" }];
  for (const choice of [...choices, { maxPayload: 0 }]) {
    assert.ok(!new MessageFilter(choice).isAll);
  }
});

Deno.test("MessageFilter.takes() rejects topics that match filterOut", () => {
  const messageFilter = new MessageFilter({ filterOut: ["a/+", "é/#"] });
  const topics = { "a": true, "a/b": false, "a/b/c": true, "é": false, "é/x/y": false, "b": true };
  for (const [topic, taken] of Object.entries(topics)) {
    assert.equal(takes(messageFilter, topic), taken);
  }
});

Deno.test("MessageFilter.takes() rejects retained messages, or all others", () => {
  const none = new MessageFilter({ retained: "none" });
  assert.deepEqual([takes(none, "a", "", true), takes(none, "a")], [false, true]);
  const only = new MessageFilter({ retained: "only" });
  assert.deepEqual([takes(only, "a", "", true), takes(only, "a")], [true, false]);
  const publish = { retain: false } as Parameters<MessageFilter["ends"]>[0];
  assert.deepEqual([only.ends(publish), none.ends(publish)], [true, false]);
  assert.equal(only.ends({ ...publish, retain: true }), false);
});

Deno.test("MessageFilter.takes() rejects and counts payloads longer than maxPayload", () => {
  const messageFilter = new MessageFilter({ maxPayload: 3, filterOut: ["b"] });
  assert.deepEqual(
    [
      takes(messageFilter, "a", "123"),
      takes(messageFilter, "a", "1234"),
      takes(messageFilter, "b", "1234"),
    ],
    [true, false, false],
  );
  assert.equal(messageFilter.tooLong, 1);
});
