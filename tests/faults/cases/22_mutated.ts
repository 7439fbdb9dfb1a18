/**
 * Case 22: splits the stream at every byte and mutates it: no wrong row or acknowledgement may
 * result.
 */

import { AckGate } from "../../../lib/mqtt/ack_gate.ts";
import { ReceiveQueue } from "../../../lib/mqtt/receive_queue.ts";
import type { Message } from "../../../lib/message/message.ts";
import type { ByteStream } from "../../../lib/mqtt/transport/byte_stream.ts";
import { arbitraryMessage, concat, type Random, seeded } from "../../support/arbitrary.ts";
import { publishPacket, pubrel } from "../../support/packets.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { type Reading, readStream } from "../reference_parser.ts";
import { same } from "../same.ts";

/** A gate that is not done after this time hangs, in ms. */
const HANG_MS = 10_000;

/** Delivers chunks of a stream, then waits for the end. */
class PieceByteStream implements ByteStream {
  readonly written: number[] = [];
  /** Resolves when everything was read, or reading has ended. */
  readonly drained = Promise.withResolvers<void>();
  readonly ended = Promise.withResolvers<null>();
  #at = 0;
  constructor(private readonly stream: Uint8Array, private readonly cuts: Iterator<number>) {}

  async read(into: Uint8Array): Promise<number | null> {
    await null;
    if (this.#at === this.stream.length) {
      this.drained.resolve();
      return await this.ended.promise;
    }
    const { value: cut = this.stream.length } = this.cuts.next();
    const piece = this.stream.subarray(this.#at, Math.max(this.#at + 1, cut));
    const count = Math.min(into.length, piece.length);
    into.set(piece.subarray(0, count));
    this.#at += count;
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    this.written.push(...bytes);
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.drained.resolve();
    this.ended.resolve(null);
  }
}

/** The result of the real gate. */
async function passThroughGate(stream: Uint8Array, cuts: Iterable<number>, version: 4 | 5) {
  const receiveQueue = new ReceiveQueue();
  const byteStream = new PieceByteStream(stream, cuts[Symbol.iterator]());
  const gate = new AckGate(
    byteStream,
    { receiveQueue, incoming: new Set(), now: () => 0 },
    version,
  );
  const closed = new Promise<void>((resolve) => gate.once("close", resolve));
  gate.on("error", () => {}).resume();
  const messages: Message[] = [];
  let leftOut = 0;
  const recording = (async () => {
    for await (const { batch, leftOut: kinds = [], ack } of receiveQueue.deliveries()) {
      messages.push(...batch);
      for (const { count } of kinds) leftOut += count;
      ack();
    }
  })();
  await byteStream.drained.promise;
  receiveQueue.end();
  await recording;
  await gate.flush();
  byteStream.ended.resolve(null);
  await closed;
  return { messages, leftOut, acks: byteStream.written };
}

/** Counts of errors. */
class Verdict {
  forged = 0;
  missing = 0;
  leftOut = 0;
  miscounted = 0;
  unowedAcks = 0;
  malformed = 0;
  published = 0;
  examples: string[] = [];

  /** The gate may end before the reference only with an acknowledgement that is dropped. */
  judge(owed: Reading, got: Awaited<ReturnType<typeof passThroughGate>>, name: string): void {
    this.published += owed.messages.length;
    if (!owed.wellFormed) this.malformed++;
    this.leftOut += owed.leftOut;
    const before = this.forged + this.missing + this.unowedAcks + this.miscounted;
    if (got.leftOut !== owed.leftOut) this.miscounted++;
    this.forged += got.messages.filter((row, i) => !same(row, owed.messages[i])).length;
    this.missing += Math.max(0, owed.messages.length - got.messages.length);
    const unowed = got.acks.findIndex((byte, i) => byte !== owed.acks[i]) >= 0 ||
      owed.wellFormed && got.acks.length < owed.acks.length;
    if (unowed) this.unowedAcks++;
    const now = this.forged + this.missing + this.unowedAcks + this.miscounted;
    if (now > before && this.examples.length < 5) {
      this.examples.push(name);
    }
  }
}

const CONNACKS = { 4: Uint8Array.of(0x20, 2, 0, 0), 5: Uint8Array.of(0x20, 3, 0, 0, 0) };
const OTHERS = {
  4: [Uint8Array.of(0xd0, 0), Uint8Array.of(0x90, 3, 0, 1, 1), Uint8Array.of(0xb0, 2, 0, 1)],
  5: [
    Uint8Array.of(0xd0, 0),
    Uint8Array.of(0x90, 4, 0, 1, 0, 1),
    Uint8Array.of(0xb0, 4, 0, 1, 0, 0),
  ],
};
/** DISCONNECT: no packet may follow it. */
const DISCONNECT = Uint8Array.of(0xe0, 1, 0);
/** Every property of PUBLISH once, and no property. */
const PROPERTIES: readonly (readonly number[])[] = [
  [],
  [],
  [1, 1, 2, 0, 0, 0, 9],
  [3, 0, 1, 116, 8, 0, 1, 114, 9, 0, 2, 0, 255],
  [0x0b, 0x80, 1, 0x26, 0, 1, 107, 0, 0],
  [0x23, 0, 1, 3, 0, 1, 116],
];

/** A whole PUBLISH inside a payload, which a desynchronized parser would record. */
const SMUGGLED = publishPacket({ topic: "forged", payload: "forged", qos: 1, id: 666 });

function arbitraryPackets(random: Random, packets: number, version: 4 | 5): Uint8Array[] {
  const parts: Uint8Array[] = [CONNACKS[version]];
  for (let i = 0; i < packets; i++) {
    const kind = random(12);
    if (kind < 2) parts.push(OTHERS[version][random(3)]!);
    else if (kind < 4) parts.push(pubrel(1 + random(4)));
    else {
      const { time: _, ...message } = arbitraryMessage(random);
      const payload = random(4) === 0 ? concat(SMUGGLED, message.payload) : message.payload;
      const properties = PROPERTIES[random(PROPERTIES.length)]!;
      const id = 1 + random(random(2) === 0 ? 4 : 65_535);
      parts.push(publishPacket({ ...message, payload, id, version, properties }));
    }
  }
  if (version === 5 && random(2) === 0) parts.push(DISCONNECT);
  return parts;
}

/** Mutates a header: random bytes hardly ever make an overlong length. */
function damageHeader(packet: Uint8Array, random: Random): Uint8Array {
  const [first, length] = [packet[0]!, packet[1]!];
  switch (random(4)) {
    case 0:
      return concat(Uint8Array.of(first ^ 1 << random(8)), packet.subarray(1));
    case 1:
      return damageTopic(packet, random);
    case 2:
      return concat(Uint8Array.of(first, random(256)), packet.subarray(2));
    default:
      if (length >= 128) return packet;
      return concat(Uint8Array.of(first, length | 128, 0), packet.subarray(2));
  }
}

/** Bytes that are invalid in a topic name. */
const NOT_IN_TOPICS = [0x23, 0x2b, 0x00, 0x80, 0xc0, 0xed, 0xf5, 0xff, 0xef];

function damageTopic(packet: Uint8Array, random: Random): Uint8Array {
  const short = packet[0]! >> 4 === 3 && packet[1]! < 128;
  const length = short ? packet[2]! << 8 | packet[3]! : 0;
  if (length === 0) return packet;
  const damaged = packet.slice();
  damaged[4 + random(length)] = NOT_IN_TOPICS[random(NOT_IN_TOPICS.length)]!;
  return damaged;
}

/** Flips, overwrites, inserts, removes or repeats bytes, up to three times. */
function mutate(stream: Uint8Array, random: Random): Uint8Array {
  let bytes = stream.slice();
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(bytes.length);
    const count = 1 + random(4);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (random(5)) {
      case 0:
        bytes[at]! ^= 1 << random(8);
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
        bytes = concat(before, Uint8Array.from({ length: count }, () => random(256)), after);
        break;
      case 3:
        bytes = concat(before, after.subarray(count));
        break;
      default:
        bytes = concat(before, after.subarray(0, count), after);
    }
  }
  return bytes;
}

async function run({ quick, seed, say }: Context): Promise<Figures> {
  const random = seeded(seed + 22);
  const verdict = new Verdict();
  const hang = Promise.withResolvers<never>();
  let done = 0;
  let seen = -1;
  const watch = setInterval(() => {
    if (seen === done) hang.reject(new Error(`The gate hangs at stream ${done}`));
    seen = done;
  }, HANG_MS);
  const one = async (stream: Uint8Array, cuts: Iterable<number>, version: 4 | 5, name: string) => {
    const got = await Promise.race([passThroughGate(stream, cuts, version), hang.promise]);
    verdict.judge(readStream(stream, version), got, name);
    done++;
  };
  let splits = 0;
  try {
    for (const version of [4, 5] as const) {
      const stream = concat(...arbitraryPackets(random, quick ? 24 : 60, version));
      for (let at = 1; at < stream.length; at++) {
        await one(stream, [at], version, `MQTT ${version} split at ${at}`);
      }
      await one(stream, stream.keys(), version, `MQTT ${version} byte by byte`);
      splits += stream.length;
    }
    if (verdict.malformed > 0) throw new Error("The streams to be split are malformed themselves");
    say(`${splits} splits done`);
    for (let i = 0, count = quick ? 5_000 : 100_000; i < count; i++) {
      const version = i % 2 === 0 ? 4 : 5;
      const packets = arbitraryPackets(random, 1 + random(12), version);
      const hit = random(packets.length);
      if (version === 5 && random(16) === 0) packets.splice(hit, 0, DISCONNECT);
      const stream = i % 4 < 2
        ? mutate(concat(...packets), random)
        : concat(...packets.map((packet, k) => k === hit ? damageHeader(packet, random) : packet));
      const cuts = [random(stream.length), random(stream.length)].sort((a, b) => a - b);
      await one(stream, cuts, version, `mutation ${i}`);
    }
  } finally {
    clearInterval(watch);
    hang.promise.catch(() => {});
  }
  const { forged, missing, unowedAcks, malformed, published, leftOut, miscounted, examples } =
    verdict;
  const at = examples.length > 0 ? ` (${examples.join(", ")})` : "";
  return {
    faults: done,
    published,
    lost: missing,
    duplicates: 0,
    torn: forged,
    csvNotJson: 0,
    inversions: 0,
    note: `${splits} splits, ${done - splits} mutations, of which malformed ${malformed}; ` +
      `${leftOut} messages left out`,
    broken: [
      ...(forged > 0 ? [`${forged} forged rows${at}`] : []),
      ...(missing > 0 ? [`${missing} messages before the fault are missing${at}`] : []),
      ...(miscounted > 0 ? [`${miscounted} streams with messages left out wrongly${at}`] : []),
      ...(unowedAcks > 0 ? [`${unowedAcks} streams acknowledged otherwise than owed${at}`] : []),
    ],
  };
}

export const byteStream: FaultCase = {
  number: 22,
  name: "stream split and mutated",
  needs: [],
  inQuick: true,
  run,
};
