/** Compares our PUBLISH reader with mqtt-packet, the reader of npm:mqtt: equal, or stricter. */

import assert from "node:assert/strict";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { MalformedPacketError } from "../../../lib/mqtt/packets/properties.ts";
import { propertiesText } from "../../../lib/formats/properties_text.ts";
import {
  packetSpan,
  PUBLISH,
  publishSpan,
  readPacket,
  readPublish,
} from "../../../lib/mqtt/packets/packet_reader.ts";
import { arbitraryMessage, concat, type Random, seeded } from "../../support/arbitrary.ts";

type Version = 4 | 5;
/** The content of a PUBLISH, read by either. */
interface Read {
  /** Undefined: it breaks a rule, so the message is left out. */
  readonly topic: string | undefined;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly id: number;
  readonly properties: unknown;
}

const hex = (bytes: Uint8Array) => bytes.toHex();
const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

function ownProperties(stream: Uint8Array, start: number, end: number): unknown {
  const found = JSON.parse(text(propertiesText(stream, start, end)) || "{}");
  // mqtt-packet reads any byte as a boolean.
  if (found.payloadFormatIndicator > 1) found.payloadFormatIndicator = 1;
  return found;
}

/** Every PUBLISH of a stream, up to the first malformed or incomplete packet. */
function ours(stream: Uint8Array, version: Version): { read: Read[]; refused: boolean } {
  const packet = packetSpan();
  const span = publishSpan();
  const read: Read[] = [];
  try {
    for (let at = 0; readPacket(stream, at, stream.length, packet) === 0; at = packet.end) {
      // Mutations may make other packets, which have their own tests.
      if (packet.type !== PUBLISH) return { read, refused: true };
      const breach = readPublish(stream, packet, version, span);
      const { topicStart, topicEnd, payloadStart, payloadEnd, qos, retain, dup, id } = span;
      const withProperties = topicEnd + (qos > 0 ? 2 : 0);
      read.push({
        topic: breach === undefined ? text(stream.subarray(topicStart, topicEnd)) : undefined,
        payload: hex(stream.subarray(payloadStart, payloadEnd)),
        ...{ qos, retain, dup, id },
        properties: version === 4 ? {} : ownProperties(stream, withProperties, payloadStart),
      });
    }
  } catch (error) {
    assert.ok(error instanceof MalformedPacketError, String(error));
    return { read, refused: true };
  }
  return { read, refused: false };
}

/** The properties as we record them. */
function recorded(properties: IPublishPacket["properties"] = {}): unknown {
  const { correlationData, userProperties, payloadFormatIndicator, ...rest } = properties;
  // Not recorded: it names one of our own filters.
  delete rest.subscriptionIdentifier;
  // Not recorded: an alias belongs to the connection.
  delete rest.topicAlias;
  return {
    ...rest,
    ...(payloadFormatIndicator !== undefined &&
      { payloadFormatIndicator: Number(payloadFormatIndicator) }),
    ...(correlationData && { correlationData: new Uint8Array(correlationData).toBase64() }),
    ...(userProperties && {
      userProperties: Object.entries(userProperties).flatMap(([key, values]) =>
        [values].flat().map((value) => [key, value])
      ),
    }),
  };
}

/** The same, read by mqtt-packet from chunks. */
function theirs(pieces: readonly Uint8Array[], version: Version): Read[] {
  const read: Read[] = [];
  const reader = parser({ protocolVersion: version });
  let failed = false;
  reader.on("error", () => failed = true);
  reader.on("packet", (packet: Packet) => {
    if (packet.cmd !== "publish") return;
    const { topic, payload, qos, retain, dup, messageId = 0, properties } = packet;
    read.push({
      topic,
      payload: hex(new Uint8Array(payload as Uint8Array)),
      ...{ qos, retain, dup },
      id: messageId,
      properties: recorded(properties),
    });
  });
  for (const piece of pieces) if (!failed) reader.parse(Buffer.from(piece) as never);
  return read;
}

const { Buffer } = await import("node:buffer");

/** Random properties of every kind. */
function arbitraryProperties(random: Random): NonNullable<IPublishPacket["properties"]> {
  const word = () => arbitraryMessage(random).topic.replaceAll("\0", "").slice(0, 30);
  const some = <T>(value: T) => random(2) === 0 ? value : undefined;
  const all = {
    payloadFormatIndicator: some(random(2) === 0),
    messageExpiryInterval: some(random(2 ** 31)),
    responseTopic: some(`reply/${random(9)}`),
    correlationData: some(Buffer.from(arbitraryMessage(random).payload.subarray(0, 40))),
    // Unique names: mqtt-packet does not keep the order of repeated ones.
    userProperties: some({ [`a${word()}`]: word(), [`b${word()}`]: word() }),
    subscriptionIdentifier: some(1 + random(268_435_454)),
    contentType: some(word()),
    topicAlias: some(1 + random(65_534)),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function arbitraryPublish(random: Random, version: Version): Uint8Array {
  const { topic, payload, qos, retain, dup } = arbitraryMessage(random);
  return generate({
    cmd: "publish",
    topic,
    payload: Buffer.from(payload),
    ...{ qos, retain, dup: qos > 0 && dup, messageId: 1 + random(65_535) },
    ...(version === 5 && random(3) > 0 && { properties: arbitraryProperties(random) }),
  }, { protocolVersion: version });
}

/** Cuts a stream into random chunks. */
function cut(stream: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + 1 + random(400));
    pieces.push(stream.subarray(at, end));
    at = end;
  }
  return pieces;
}

for (const version of [4, 5] as const) {
  Deno.test(`readPublish() agrees with mqtt-packet on its own packets, MQTT ${version}`, () => {
    const random = seeded(50 + version);
    for (let round = 0; round < 150; round++) {
      const packets = Array.from({ length: 12 }, () => arbitraryPublish(random, version));
      const stream = concat(...packets);
      const { read, refused } = ours(stream, version);
      assert.equal(refused, false);
      assert.equal(read.length, packets.length);
      assert.deepEqual(read, theirs(cut(stream, random), version));
    }
  });

  Deno.test(`readPacket() reads a PUBLISH cut at any byte the same, MQTT ${version}`, () => {
    const random = seeded(60 + version);
    for (let round = 0; round < 10; round++) {
      const packet = arbitraryPublish(random, version).subarray(0, 3_000);
      const { read } = ours(packet, version);
      for (let at = 1; at < packet.length; at++) {
        assert.deepEqual(theirs([packet.subarray(0, at), packet.subarray(at)], version), read);
      }
    }
  });

  Deno.test(`readPublish() never disagrees with mqtt-packet on a mutated stream, MQTT ${version}`, () => {
    const random = seeded(70 + version);
    let refused = 0, accepted = 0, leftOut = 0;
    for (let round = 0; round < 4_000; round++) {
      const stream = concat(...Array.from({ length: 3 }, () => arbitraryPublish(random, version)));
      for (let n = 1 + random(3); n > 0; n--) stream[random(stream.length)] = random(256);
      const own = ours(stream, version);
      const other = theirs([stream], version).slice(0, own.read.length);
      for (const [i, message] of own.read.entries()) {
        if (message.topic !== undefined) continue;
        leftOut++;
        // mqtt-packet does not check this rule, or stops here.
        if (i < other.length) other[i] = { ...other[i]!, topic: undefined };
        else own.read.length = i;
      }
      assert.deepEqual(own.read, other);
      accepted += own.read.filter(({ topic }) => topic !== undefined).length;
      if (own.refused) refused++;
    }
    const counts = `${refused} refused, ${accepted} accepted, ${leftOut} left out`;
    assert.ok(refused > 500 && accepted > 2_000 && leftOut > 100, counts);
  });
}

Deno.test("readPacket() agrees with mqtt-packet on the largest length of each size", () => {
  for (const size of [127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
    const packet = generate({
      cmd: "publish",
      topic: "t",
      payload: Buffer.alloc(size - 3, 120),
      qos: 0,
      retain: false,
      dup: false,
    });
    assert.deepEqual(ours(packet, 4).read, theirs([packet], 4));
    assert.equal(ours(packet, 4).read.length, 1);
  }
});
