import assert from "node:assert/strict";
import { MAX_RETAINED, RetainedMessages } from "../../lib/embedded_broker/retained_messages.ts";
import { StoredMessage } from "../../lib/embedded_broker/stored_message.ts";
import { packetSpan, readPacket } from "../../lib/mqtt/packets/packet_reader.ts";
import { publishPacket } from "../support/packets.ts";

function message(topic: string, payload: string | Uint8Array): StoredMessage {
  const bytes = publishPacket({ topic, payload, retain: true });
  const packet = packetSpan();
  assert.equal(readPacket(bytes, 0, bytes.length, packet), 0);
  return StoredMessage.read(bytes, packet, 4, 0).message;
}

Deno.test("RetainedMessages.retain() refuses more topics than there may be, until one is given up", () => {
  const retained = new RetainedMessages();
  for (let i = 0; i < MAX_RETAINED; i++) assert.ok(retained.retain(message(`a/${i}`, "x")));
  assert.equal(retained.retain(message("b", "x")), false);
  assert.ok(retained.retain(message("a/0", "y")), "one that is there is replaced");
  assert.ok(retained.retain(message("a/0", "")));
  assert.ok(retained.retain(message("b", "x")));
  assert.deepEqual([...retained.matching("b", 0)].map(({ topic }) => topic), ["b"]);
});

Deno.test("RetainedMessages.retain() refuses more bytes than there may be", () => {
  const retained = new RetainedMessages();
  const payload = new Uint8Array(60 * 1024 * 1024);
  assert.ok(retained.retain(message("a", payload)) && retained.retain(message("b", payload)));
  assert.equal(retained.retain(message("c", payload)), false);
  assert.ok(retained.retain(message("a", payload)));
  assert.deepEqual([...retained.matching("#", 0)].map(({ topic }) => topic), ["b", "a"]);
});
