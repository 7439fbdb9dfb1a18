import assert from "node:assert/strict";
import { checkPacket } from "../../../lib/mqtt/packets/packet_rules.ts";
import { MalformedPacketError } from "../../../lib/mqtt/packets/properties.ts";
import { packetSpan, readPacket } from "../../../lib/mqtt/packets/packet_reader.ts";
import { bytes, seeded } from "../../support/arbitrary.ts";

/** Frames one packet as the gate does and checks it; ignores bytes after it. */
function check(packet: readonly number[], version: 4 | 5): void {
  const span = packetSpan();
  const buffer = Uint8Array.from([...packet, 0x30, 0, 0, 0]);
  assert.equal(readPacket(buffer, 0, buffer.length, span), 0);
  assert.equal(span.end, packet.length, "the test's packet has another length than it says");
  checkPacket(buffer, span, version);
}

/** Adds the length to a packet. */
const packet = (first: number, ...body: readonly number[]) => [first, body.length, ...body];
const text = (value: string) => [0, value.length, ...bytes(value)];

const GOOD: readonly (readonly [string, 4 | 5, readonly number[]])[] = [
  ["CONNACK", 4, packet(0x20, 0, 0)],
  ["CONNACK, session present", 4, packet(0x20, 1, 0)],
  ["CONNACK of a 3.1.1 broker asked for MQTT 5", 5, packet(0x20, 0, 1)],
  ["CONNACK without properties", 5, packet(0x20, 1, 0, 0)],
  [
    "CONNACK with every property",
    5,
    packet(
      ...[0x20, 0, 0, 63],
      ...[0x11, 0, 0, 14, 16, 0x21, 0, 20, 0x24, 1, 0x25, 1, 0x27, 0, 1, 0, 0],
      ...[0x12, ...text("id"), 0x22, 0, 10, 0x1f, ...text("why"), 0x28, 1, 0x29, 1, 0x2a, 1],
      ...[0x26, ...text("k"), ...text("v"), 0x13, 0, 30, 0x1a, ...text("i"), 0x1c, ...text("s")],
      ...[0x15, ...text("m"), 0x16, ...text("d")],
    ),
  ],
  ["PUBACK", 4, packet(0x40, 0, 1)],
  ["PUBACK", 5, packet(0x40, 1, 0)],
  ["PUBACK with a code", 5, packet(0x40, 0, 1, 0x10)],
  ["PUBREC with properties", 5, packet(0x50, 0, 1, 0, 3, 0x1f, 0, 0)],
  ["PUBREL", 4, packet(0x62, 0xff, 0xff)],
  ["PUBREL with a code", 5, packet(0x62, 0, 1, 0x92, 0)],
  ["SUBACK", 4, packet(0x90, 0, 1, 0, 1, 2, 0x80)],
  ["SUBACK", 5, packet(0x90, 0, 1, 0, 0, 1, 2, 0x80, 0x87, 0xa2)],
  ["SUBACK with a reason", 5, packet(0x90, 0, 1, 4, 0x1f, ...text("x"), 1)],
  ["UNSUBACK", 4, packet(0xb0, 0, 1)],
  ["UNSUBACK", 5, packet(0xb0, 0, 1, 0, 0x11)],
  ["PINGRESP", 4, packet(0xd0)],
  ["DISCONNECT", 5, packet(0xe0)],
  ["DISCONNECT with a code", 5, packet(0xe0, 0x8e)],
  ["DISCONNECT with properties", 5, packet(0xe0, 0x8b, 4, 0x1f, ...text("x"))],
];

for (const [name, version, good] of GOOD) {
  Deno.test(`checkPacket() accepts ${name} in MQTT ${version}: ${good.length} bytes`, () => {
    check(good, version);
  });
}

const BAD: readonly (readonly [string, 4 | 5, readonly number[]])[] = [
  ["CONNACK with unknown flags", 4, packet(0x20, 2, 0)],
  ["CONNACK of a 3.1.1 broker that accepts MQTT 5", 5, packet(0x20, 0, 0)],
  ["CONNACK with properties", 4, packet(0x20, 0, 0, 0)],
  ["CONNACK whose properties are too long", 5, packet(0x20, 0, 0, 1)],
  ["CONNACK with bytes behind its properties", 5, packet(0x20, 0, 0, 0, 0)],
  ["CONNACK with a property of PUBLISH", 5, packet(0x20, 0, 0, 2, 0x01, 0)],
  ["CONNACK with a property cut off", 5, packet(0x20, 0, 0, 2, 0x21, 0)],
  ["PUBACK of three bytes", 4, packet(0x40, 0, 1, 0)],
  ["PUBACK with identifier 0", 5, packet(0x40, 0, 0)],
  ["PUBREL with identifier 0", 4, packet(0x62, 0, 0)],
  ["PUBREL with bytes behind its properties", 5, packet(0x62, 0, 1, 0, 0, 0)],
  ["SUBACK with identifier 0", 4, packet(0x90, 0, 0, 1)],
  ["SUBACK whose properties are too long", 5, packet(0x90, 0, 1, 9, 0)],
  ["SUBACK without a code", 5, packet(0x90, 0, 1, 0)],
  ["SUBACK with code 3", 4, packet(0x90, 0, 1, 3)],
  ["SUBACK with a code of MQTT 5", 4, packet(0x90, 0, 1, 0x87)],
  ["UNSUBACK with codes", 4, packet(0xb0, 0, 1, 0)],
  ["UNSUBACK without a code", 5, packet(0xb0, 0, 1, 0)],
  ["DISCONNECT", 4, packet(0xe0)],
  ["DISCONNECT whose properties are too long", 5, packet(0xe0, 0, 9)],
  ["DISCONNECT with a session expiry", 5, packet(0xe0, 0, 5, 0x11, 0, 0, 0, 0)],
];

for (const [name, version, bad] of BAD) {
  Deno.test(`checkPacket() refuses ${name} in MQTT ${version}`, () => {
    assert.throws(() => check(bad, version), MalformedPacketError);
  });
}

Deno.test("checkPacket() never reads mutated packets beyond their end", () => {
  const random = seeded(5);
  for (let i = 0; i < 20_000; i++) {
    const [, , good] = GOOD[random(GOOD.length)]!;
    const changed = [...good];
    changed[2 + random(Math.max(1, good.length - 2))] = random(256);
    changed.length = good.length;
    if (changed.includes(undefined as never)) continue;
    for (const version of [4, 5] as const) {
      try {
        check(changed, version);
      } catch (error) {
        assert.ok(error instanceof MalformedPacketError, String(error));
      }
    }
  }
});
