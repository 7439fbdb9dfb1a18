import assert from "node:assert/strict";
import { MalformedPacketError } from "../../../lib/mqtt/packets/properties.ts";
import {
  packetSpan,
  PUBLISH,
  publishSpan,
  readPacket,
  readPublish,
} from "../../../lib/mqtt/packets/packet_reader.ts";
import { bytes, seeded } from "../../support/arbitrary.ts";
import { publishPacket } from "../../support/packets.ts";

/** Reads one whole PUBLISH. */
function read(packet: Uint8Array, version: 4 | 5) {
  const found = packetSpan();
  assert.equal(readPacket(packet, 0, packet.length, found), 0);
  assert.equal(found.type, PUBLISH);
  const publish = publishSpan();
  const breach = readPublish(packet, found, version, publish);
  const text = (from: number, to: number) => new TextDecoder().decode(packet.subarray(from, to));
  return {
    topic: text(publish.topicStart, publish.topicEnd),
    payload: text(publish.payloadStart, publish.payloadEnd),
    qos: publish.qos,
    retain: publish.retain,
    dup: publish.dup,
    id: publish.id,
    ...(breach !== undefined && { breach }),
  };
}

Deno.test("readPublish() reads both protocol versions and every QoS", () => {
  for (const version of [4, 5] as const) {
    for (const qos of [0, 1, 2] as const) {
      for (const retain of [false, true]) {
        for (const dup of qos > 0 ? [false, true] : [false]) {
          for (const payload of ["", "21.5", "x".repeat(200), "y".repeat(20_000)]) {
            const wanted = { topic: "a/é", payload, qos, retain, dup, id: qos > 0 ? 0xfffe : 0 };
            assert.deepEqual(read(publishPacket({ ...wanted, version }), version), wanted);
          }
        }
      }
    }
  }
});

Deno.test("readPublish() skips every property that a PUBLISH may have", () => {
  const properties = [
    [0x01, 1],
    [0x02, 0, 0, 1, 0],
    [0x03, 0, 4, ...bytes("text")],
    [0x08, 0, 1, ...bytes("r")],
    [0x09, 0, 2, 0xff, 0x00],
    [0x0b, 0x80, 0x01],
    [0x26, 0, 1, ...bytes("k"), 0, 0],
    [0x26, 0, 0, 0, 1, ...bytes("v")],
  ];
  for (const property of [...properties, properties.flat()]) {
    const packet = publishPacket({ topic: "t", payload: "p", version: 5, properties: property });
    assert.equal(read(packet, 5).payload, "p");
  }
});

Deno.test("readPacket() finds a packet whole at its last byte and not before", () => {
  const packet = publishPacket({ topic: "a/b", payload: "z".repeat(300), qos: 1, id: 7 });
  const found = packetSpan();
  for (let length = 0; length < packet.length; length++) {
    const missing = readPacket(packet, 0, length, found);
    assert.ok(missing > 0 && missing <= packet.length - length, `at ${length}`);
  }
  assert.equal(readPacket(packet, 0, packet.length, found), 0);
  assert.equal(found.end, packet.length);
});

Deno.test("readPacket() finds consecutive packets", () => {
  const one = publishPacket({ topic: "a", payload: "1" });
  const two = publishPacket({ topic: "b", payload: "2" });
  const both = Uint8Array.from([...one, 0xd0, 0, ...two]);
  const found = packetSpan();
  const ends = [];
  for (let at = 0; readPacket(both, at, both.length, found) === 0; at = found.end) {
    ends.push([found.type, found.start, found.end]);
  }
  assert.deepEqual(ends, [
    [PUBLISH, 0, one.length],
    [13, one.length, one.length + 2],
    [PUBLISH, one.length + 2, both.length],
  ]);
});

const BAD_HEADERS: Readonly<Record<string, readonly number[]>> = {
  "type 0": [0x00, 0],
  "CONNECT from a server": [0x10, 0],
  "SUBSCRIBE from a server": [0x82, 5, 0, 1, 0, 0, 0],
  "UNSUBSCRIBE from a server": [0xa2, 4, 0, 1, 0, 0],
  "PINGREQ from a server": [0xc0, 0],
  "AUTH that was not asked for": [0xf0, 0],
  "CONNACK with flags": [0x21, 2, 0, 0],
  "PUBACK with flags": [0x42, 2, 0, 1],
  "PUBREL without its flag": [0x60, 2, 0, 1],
  "PUBREL with other flags": [0x63, 2, 0, 1],
  "PINGRESP with a body": [0xd0, 1, 0],
  "CONNACK too short": [0x20, 1, 0],
  "PUBACK too short": [0x40, 1, 0],
  "PUBLISH too short": [0x30, 2, 0, 0],
  "SUBACK too short": [0x90, 2, 0, 1],
  "overlong length": [0x30, 0x80, 0x00],
  "length of five bytes": [0x30, 0x80, 0x80, 0x80, 0x80, 0x01],
};

for (const [name, packet] of Object.entries(BAD_HEADERS)) {
  Deno.test(`readPacket() refuses a malformed header: ${name}`, () => {
    const data = Uint8Array.from(packet);
    assert.throws(() => readPacket(data, 0, data.length, packetSpan()), MalformedPacketError);
  });
}

const BAD_PUBLISHES: Readonly<Record<string, readonly [4 | 5, readonly number[]]>> = {
  "QoS 3": [4, [0x36, 5, 0, 1, 97, 0, 1]],
  "no topic": [4, [0x30, 3, 0, 0, 97]],
  "a topic longer than the packet": [4, [0x30, 4, 0, 9, 97, 97]],
  "a topic that leaves no room for the identifier": [4, [0x32, 4, 0, 1, 97, 0]],
  "identifier 0": [4, [0x32, 5, 0, 1, 97, 0, 0]],
  "a topic with NUL": [4, [0x30, 4, 0, 2, 97, 0]],
  "a topic with NUL and +": [4, [0x30, 5, 0, 3, 97, 0, 0x2b]],
  "a topic with NUL that is not UTF-8": [4, [0x30, 4, 0, 2, 0xff, 0]],
  "a wildcard and identifier 0": [4, [0x32, 5, 0, 1, 0x2b, 0, 0]],
  "a wildcard in a topic longer than the packet": [4, [0x30, 4, 0, 9, 0x2b, 97]],
  "a wildcard and no properties": [5, [0x30, 3, 0, 1, 0x2b]],
  "a topic that is not UTF-8 and properties longer than the packet": [5, [
    0x30,
    5,
    0,
    1,
    255,
    9,
    0,
  ]],
  "DUP at QoS 0 and a property of CONNACK": [5, [0x38, 7, 0, 1, 97, 3, 0x21, 0, 1]],
  "DUP at QoS 0 and no topic": [4, [0x38, 3, 0, 0, 97]],
  "DUP and QoS 3": [4, [0x3e, 5, 0, 1, 97, 0, 1]],
  "no properties": [5, [0x30, 3, 0, 1, 97]],
  "properties longer than the packet": [5, [0x30, 5, 0, 1, 97, 9, 0]],
  "properties with an overlong length": [5, [0x30, 5, 0, 1, 97, 0x80, 0]],
  "a topic alias instead of a topic": [5, [0x30, 6, 0, 0, 3, 0x23, 0, 1]],
  "a topic alias cut off": [5, [0x30, 6, 0, 1, 97, 2, 0x23, 0]],
  "a property of CONNACK": [5, [0x30, 7, 0, 1, 97, 3, 0x21, 0, 1]],
  "a property cut off": [5, [0x30, 6, 0, 1, 97, 2, 0x02, 0]],
  "a string beyond the properties": [5, [0x30, 8, 0, 1, 97, 4, 0x03, 0, 9, 97]],
  "a pair with one half": [5, [0x30, 8, 0, 1, 97, 4, 0x26, 0, 1, 97]],
  "a property identifier alone": [5, [0x30, 5, 0, 1, 97, 1, 0x01]],
  "a subscription identifier without an end": [5, [0x30, 9, 0, 1, 97, 5, 0x0b, 255, 255, 255, 255]],
};

for (const [name, [version, packet]] of Object.entries(BAD_PUBLISHES)) {
  Deno.test(`readPublish() refuses a malformed PUBLISH: ${name}`, () => {
    assert.throws(() => read(Uint8Array.from(packet), version), MalformedPacketError);
  });
}

/** Topic bytes that are not well-formed UTF-8 [MQTT-1.5.4-1]. */
const NOT_UTF8: Readonly<Record<string, readonly number[]>> = {
  "Latin-1": [0x4b, 0xfc, 0x63, 0x68, 0x65],
  "a lone continuation byte": [97, 0x80],
  "a character cut off": [97, 0xc3],
  "an overlong slash": [0xc0, 0xaf],
  "an overlong NUL": [0xc0, 0x80],
  "an encoded surrogate": [0xed, 0xa0, 0x80],
  "a pair of encoded surrogates (CESU-8)": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  "a code point past U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
  "a wildcard beside it": [0x2b, 0xff],
};

for (const [name, topic] of Object.entries(NOT_UTF8)) {
  Deno.test(`readPublish() returns a breach if the topic is not UTF-8: ${name}`, () => {
    for (const version of [4, 5] as const) {
      for (const qos of [0, 1, 2] as const) {
        const found = read(
          publishPacket({ topic: Uint8Array.from(topic), payload: "p", qos, version }),
          version,
        );
        assert.deepEqual([found.breach, found.payload, found.qos], ["topic not UTF-8", "p", qos]);
      }
    }
  });
}

Deno.test("readPublish() returns a breach for a wildcard in a topic, and for DUP at QoS 0", () => {
  for (const topic of ["#", "+", "a/#", "a/+/b", "a+b", "température/#"]) {
    for (const qos of [0, 1, 2] as const) {
      const { breach, id } = read(publishPacket({ topic, payload: "p", qos, id: 7 }), 4);
      assert.deepEqual([breach, id], ["wildcard in the topic", qos > 0 ? 7 : 0]);
    }
  }
  for (const version of [4, 5] as const) {
    const { breach } = read(
      publishPacket({ topic: "a", payload: "", dup: true, version }),
      version,
    );
    assert.equal(breach, "DUP at QoS 0");
  }
});

Deno.test("readPublish() accepts every topic that MQTT allows", () => {
  const odd = [
    "\ufeff",
    "\ufeffa/\ufeff",
    "\u0001",
    "\u007f\u0085",
    "\ufffe\uffff",
    "\u{10ffff}",
    "/",
  ];
  for (const topic of odd) {
    const { breach } = read(publishPacket({ topic, payload: "p" }), 4);
    assert.equal(breach, undefined, JSON.stringify(topic));
  }
});

Deno.test("readPublish() skips a topic alias if the topic is there too", () => {
  for (const alias of [[0x23, 0, 1], [0x03, 0, 1, 97, 0x23, 255, 255]]) {
    const packet = publishPacket({ topic: "t", payload: "p", version: 5, properties: alias });
    assert.deepEqual(read(packet, 5).payload, "p");
    assert.equal(read(packet, 5).breach, undefined);
  }
});

Deno.test("readPublish() reads mutated packets within their bounds or refuses them", () => {
  const random = seeded(22);
  let refused = 0, accepted = 0;
  for (let round = 0; round < 5000; round++) {
    const version = random(2) === 0 ? 4 : 5;
    const packet = publishPacket({
      topic: "home/kitchen",
      payload: "x".repeat(random(140)),
      qos: random(3) as 0 | 1 | 2,
      id: 1 + random(65_535),
      version,
      properties: [0x01, 1, 0x03, 0, 2, 97, 98],
    });
    for (let n = 1 + random(3); n > 0; n--) packet[random(packet.length)] = random(256);
    const found = packetSpan();
    try {
      if (readPacket(packet, 0, packet.length, found) > 0 || found.type !== PUBLISH) continue;
      const publish = publishSpan();
      readPublish(packet, found, version, publish);
      accepted++;
      assert.ok(found.body + 2 === publish.topicStart);
      assert.ok(publish.topicStart < publish.topicEnd);
      assert.ok(publish.topicEnd <= publish.payloadStart);
      assert.ok(publish.payloadStart <= publish.payloadEnd);
      assert.equal(publish.payloadEnd, found.end);
    } catch (error) {
      assert.ok(error instanceof MalformedPacketError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 500 && accepted > 500, `${refused} refused, ${accepted} accepted`);
});
