import assert from "node:assert/strict";
import { ByteBuffer } from "../../../lib/message/byte_buffer.ts";
import type { Message, QoS } from "../../../lib/message/message.ts";
import { writePublish, writePubrel } from "../../../lib/mqtt/packets/publish_packet.ts";
import { arbitraryPayload, arbitraryTopic, seeded } from "../../support/arbitrary.ts";
import { publishPacket, pubrel } from "../../support/packets.ts";

/** The expected packet of a message, from an independent writer. */
function expected({ topic, payload, qos, retain }: Message, id: number, version: 4 | 5) {
  return publishPacket({ topic, payload, qos, id, retain, version });
}

Deno.test("writePublish() writes a standard PUBLISH for any topic and payload", () => {
  const random = seeded(5);
  for (let i = 0; i < 2_000; i++) {
    const qos = random(3) as QoS, id = 1 + random(65_535), version = random(2) === 0 ? 4 : 5;
    const message = {
      time: 0,
      topic: arbitraryTopic(random),
      payload: arbitraryPayload(random),
      qos,
      retain: random(2) === 0,
      dup: false,
    };
    const out = new ByteBuffer(1);
    const options = { version, id, dup: false, maximumBytes: Infinity } as const;
    assert.ok(writePublish(out, message, options));
    assert.deepEqual(out.view(), expected(message, id, version));
  }
});

Deno.test("writePublish() writes lengths of one to four bytes, and returns false if too large", () => {
  for (const size of [0, 100, 200, 16_370, 16_390, 2_097_140, 2_097_160]) {
    const payload = new Uint8Array(size).fill(49);
    const message = { time: 0, topic: "a/b", payload, qos: 1, retain: false, dup: false } as const;
    const packet = expected(message, 7, 5);
    const out = new ByteBuffer();
    const options = { version: 5, id: 7, dup: false } as const;
    assert.equal(
      writePublish(out, message, { ...options, maximumBytes: packet.length - 1 }),
      false,
    );
    assert.equal(out.length, 0);
    assert.ok(writePublish(out, message, { ...options, maximumBytes: packet.length }));
    assert.deepEqual(out.view(), packet);
  }
});

Deno.test("writePublish() sets DUP on a repetition, and writePubrel() appends to it", () => {
  const message = { topic: "t", payload: new Uint8Array(), qos: 2, retain: false } as const;
  const out = new ByteBuffer();
  const options = { version: 4, id: 0x1234, dup: true, maximumBytes: Infinity } as const;
  writePublish(out, { ...message, time: 0, dup: false }, options);
  writePubrel(out, 0x1234);
  const again = publishPacket({ ...message, id: 0x1234, dup: true });
  assert.deepEqual([...out.view()], [...again, ...pubrel(0x1234)]);
});
