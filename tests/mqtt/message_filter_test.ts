import assert from "node:assert/strict";
import { Selection, type SelectionOptions } from "../../lib/mqtt/message_filter.ts";

const encoder = new TextEncoder();

/** Whether a message becomes a row. */
function takes(selection: Selection, topic: string, payload = "", retain = false): boolean {
  const bytes = encoder.encode(`xx${topic}${payload}`);
  const topicEnd = 2 + encoder.encode(topic).length;
  return selection.takes(bytes, {
    ...{ topicStart: 2, topicEnd, topicLooks: 0, payloadStart: topicEnd, payloadEnd: bytes.length },
    ...{ qos: 0, retain, dup: false, id: 0 },
  });
}

Deno.test("without a choice everything is taken, and nobody need ask", () => {
  const selection = new Selection({});
  assert.ok(selection.isAll && takes(selection, "a", "b", true));
  const choices: SelectionOptions[] = [{ filterOut: ["a"] }, { retained: "none" }];
  for (const choice of [...choices, { maxPayload: 0 }]) {
    assert.ok(!new Selection(choice).isAll);
  }
});

Deno.test("topics that match are left out", () => {
  const selection = new Selection({ filterOut: ["a/+", "é/#"] });
  const topics = { "a": true, "a/b": false, "a/b/c": true, "é": false, "é/x/y": false, "b": true };
  for (const [topic, taken] of Object.entries(topics)) assert.equal(takes(selection, topic), taken);
});

Deno.test("retained messages are left out, or only they are taken, up to the first other one", () => {
  const none = new Selection({ retained: "none" });
  assert.deepEqual([takes(none, "a", "", true), takes(none, "a")], [false, true]);
  const only = new Selection({ retained: "only" });
  assert.deepEqual([takes(only, "a", "", true), takes(only, "a")], [true, false]);
  const publish = { retain: false } as Parameters<Selection["ends"]>[0];
  assert.deepEqual([only.ends(publish), none.ends(publish)], [true, false]);
  assert.equal(only.ends({ ...publish, retain: true }), false);
});

Deno.test("payloads that are too long are left out and counted, others are not", () => {
  const selection = new Selection({ maxPayload: 3, filterOut: ["b"] });
  assert.deepEqual(
    [takes(selection, "a", "123"), takes(selection, "a", "1234"), takes(selection, "b", "1234")],
    [true, false, false],
  );
  assert.equal(selection.tooLong, 1);
});
