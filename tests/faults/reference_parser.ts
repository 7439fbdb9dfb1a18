/**
 * Reads a broker's stream in the slow and obvious way: the whole stream at once, one rule of
 * the standard at a time, without code of lib/mqtt/packets/. It decides what may become a row.
 */

import type { Message, QoS } from "../../lib/message/message.ts";

/** The correct result of a stream. */
export interface Reading {
  /** Messages in order, without repeated QoS 2 PUBLISHes. `time` is 0. */
  readonly messages: readonly Message[];
  /** Invalid messages that are left out, without repeated ones. */
  readonly leftOut: number;
  /** Acknowledgements due, in order, as bytes. */
  readonly acks: readonly number[];
  /** Whether the whole stream is MQTT; its last packet may be incomplete. */
  readonly wellFormed: boolean;
}

class Malformed extends Error {}

function check(holds: boolean): void {
  if (!holds) throw new Malformed();
}

/** Bytes read from the front. */
class Cursor {
  constructor(private bytes: readonly number[]) {}

  get left(): number {
    return this.bytes.length;
  }

  take(count: number): number[] {
    check(count <= this.bytes.length);
    const taken = this.bytes.slice(0, count);
    this.bytes = this.bytes.slice(count);
    return taken;
  }

  number(size: number): number {
    return this.take(size).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A variable byte integer, in its shortest form [MQTT-1.5.5-1]. */
  variable(): number {
    const bytes = [];
    do bytes.push(this.number(1)); while (bytes.at(-1)! >= 128 && bytes.length < 4);
    check(bytes.at(-1)! < 128);
    check(bytes.length === 1 || bytes.at(-1) !== 0);
    return bytes.reduceRight((sum, byte) => sum * 128 + (byte & 127), 0);
  }

  field(): number[] {
    return this.take(this.number(2));
  }
}

/** Layout of each property of PUBLISH [MQTT-3.3.2.3]. */
const PROPERTIES: Readonly<Record<number, (value: Cursor) => unknown>> = {
  0x01: (value) => value.number(1),
  0x02: (value) => value.number(4),
  0x03: (value) => value.field(),
  0x08: (value) => value.field(),
  0x09: (value) => value.field(),
  0x0b: (value) => value.variable(),
  0x23: (value) => value.number(2), // Never asked for; the topic is there too, or empty.
  0x26: (value) => [value.field(), value.field()],
};

/** Layout of the other properties of a server [MQTT-2.2.2.2]. */
const OTHER_PROPERTIES: typeof PROPERTIES = {
  0x1f: (value) => value.field(),
  0x26: (value) => [value.field(), value.field()],
};
const CONNACK_PROPERTIES: typeof PROPERTIES = {
  ...OTHER_PROPERTIES,
  ...Object.fromEntries(
    [0x12, 0x15, 0x16, 0x1a, 0x1c].map((id) => [id, (value: Cursor) => value.field()]),
  ),
  ...Object.fromEntries(
    [[0x11, 4], [0x27, 4], [0x13, 2], [0x21, 2], [0x22, 2], [0x24, 1], [0x25, 1], [0x28, 1], [
      0x29,
      1,
    ], [0x2a, 1]].map(([id, size]) => [id, (value: Cursor) => value.number(size!)]),
  ),
};
const DISCONNECT_PROPERTIES: typeof PROPERTIES = {
  ...OTHER_PROPERTIES,
  0x1c: (value) => value.field(),
};

/** Required flags of each packet from a server, and minimum size of its body [MQTT-2.1.3]. */
const SHAPES: Readonly<Record<number, readonly [flags: number, least: number]>> = {
  2: [0, 2], // CONNACK
  4: [0, 2],
  5: [0, 2],
  6: [2, 2], // PUBREL
  7: [0, 2],
  9: [0, 3], // SUBACK
  11: [0, 2], // UNSUBACK
  13: [0, 0], // PINGRESP
  14: [0, 0], // DISCONNECT; AUTH would follow an authentication method only [MQTT-4.12.0-6]
};

/** Reads the bytes of a connection from CONNACK on, until they end or are not MQTT. */
export function readStream(stream: Uint8Array, version: 4 | 5): Reading {
  const messages: Message[] = [];
  const acks: number[] = [];
  let leftOut = 0;
  const known = new Set<number>();
  let connected = false;
  let disconnected = false;
  for (let at = 0; at < stream.length;) {
    try {
      const packet = cutPacket(stream, at);
      if (packet === undefined) break;
      at = packet.end;
      const { type, flags } = packet;
      const body = new Cursor([...stream.subarray(packet.body, packet.end)]);
      check((type === 2) !== connected);
      connected = true;
      check(!disconnected); // [MQTT-3.14.4-1]
      disconnected = type === 14;
      if (type === 3) {
        const { message, id, invalid } = readPublish(flags, body, version);
        const repeated = message.qos === 2 && message.dup && known.has(id);
        // A refusal with Topic Name invalid ends the exchange.
        const refused = invalid && version === 5;
        if (message.qos === 2) refused ? known.delete(id) : known.add(id);
        if (message.qos > 0) {
          const ack = [message.qos === 1 ? 0x40 : 0x50, refused ? 3 : 2, id >> 8, id & 255];
          acks.push(...ack, ...refused ? [0x90] : []);
        }
        if (repeated) continue;
        if (invalid) leftOut++;
        else messages.push(message);
      } else {
        const id = readOther(type, body, version);
        if (type !== 6) continue;
        known.delete(id);
        acks.push(0x70, 2, id >> 8, id & 255);
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return { messages, leftOut, acks, wellFormed: false };
    }
  }
  return { messages, leftOut, acks, wellFormed: true };
}

/** Offsets of one packet; undefined if the stream ends in it. */
function cutPacket(stream: Uint8Array, at: number) {
  const type = stream[at]! >> 4;
  const flags = stream[at]! & 15;
  const shape = SHAPES[type];
  check(type === 3 || shape !== undefined && shape[0] === flags);
  const length = [...stream.subarray(at + 1, at + 5)];
  const last = length.findIndex((byte) => byte < 128);
  if (last < 0) {
    check(length.length < 4);
    return undefined;
  }
  const size = new Cursor(length).variable();
  check(size >= (type === 3 ? 3 : shape![1]));
  check(type !== 13 || size === 0);
  const body = at + 2 + last;
  return body + size > stream.length ? undefined : { type, flags, body, end: body + size };
}

function readProperties(body: Cursor, known: typeof PROPERTIES): void {
  const properties = new Cursor(body.take(body.variable()));
  while (properties.left > 0) {
    const read = known[properties.number(1)];
    check(read !== undefined);
    read!(properties);
  }
}

/** The identifier of any packet but PUBLISH; 0 if it has none. */
function readOther(type: number, body: Cursor, version: 4 | 5): number {
  let id = 0;
  if (type === 2) { // CONNACK
    check(body.number(1) < 2);
    body.number(1);
    if (version === 5 && body.left > 0) readProperties(body, CONNACK_PROPERTIES);
  } else if (type === 14) { // DISCONNECT
    check(version === 5);
    if (body.left > 0) body.number(1);
    if (body.left > 0) readProperties(body, DISCONNECT_PROPERTIES);
  } else if (type !== 13) {
    id = body.number(2);
    check(id > 0);
    const codes = type === 9 || type === 11;
    if (!codes && version === 5 && body.left > 0) {
      body.number(1);
      if (body.left > 0) readProperties(body, OTHER_PROPERTIES);
    }
    if (codes && version === 5) readProperties(body, OTHER_PROPERTIES);
    if (type === 9 || type === 11 && version === 5) check(body.left > 0);
    while (type === 9 && body.left > 0) {
      const code = body.number(1);
      check([0, 1, 2, 0x80].includes(code) || version === 5 && code > 0x80);
    }
    if (type === 11 && version === 5) body.take(body.left);
  }
  check(body.left === 0);
  return id;
}

function readPublish(flags: number, body: Cursor, version: 4 | 5) {
  const qos = flags >> 1 & 3;
  check(qos < 3); // [MQTT-3.3.1-4]
  const name = body.field();
  check(name.length > 0);
  const id = qos > 0 ? body.number(2) : 0;
  check(qos === 0 || id > 0); // [MQTT-2.2.1-3]
  if (version === 5) readProperties(body, PROPERTIES);
  check(!name.includes(0)); // [MQTT-1.5.4-2]
  let topic = "";
  let isUtf8 = true; // [MQTT-1.5.4-1]
  try {
    topic = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.from(name));
  } catch {
    isUtf8 = false;
  }
  // [MQTT-3.3.1-2], [MQTT-3.3.2-2]
  const invalid = qos === 0 && flags > 7 || !isUtf8 || /[+#]/.test(topic);
  const message: Message = {
    time: 0,
    topic,
    payload: Uint8Array.from(body.take(body.left)),
    qos: qos as QoS,
    retain: (flags & 1) !== 0,
    dup: flags > 7,
  };
  return { message, id, invalid };
}
