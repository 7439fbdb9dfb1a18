/** The packets of the built-in broker's clients that come seldom; the only importer of npm:mqtt-packet. */

import { Buffer } from "node:buffer";
import { generate, type IConnectPacket, type Packet, parser } from "mqtt-packet";
import * as code from "./reason_codes.ts";
import { Refusal } from "./reason_codes.ts";
import { StoredMessage } from "./stored_message.ts";
import { filterProblem, isValidTopic } from "../message/topic.ts";
import { type PacketSpan, packetSpan, readPacket } from "../mqtt/packets/packet_reader.ts";

/** Where the client says nothing else [MQTT-3.1.2.11.3]. */
const MAX_RECEIVE = 65_535;
const NEVER_EXPIRES = 0xffff_ffff;
/** Levels of a filter: what walks over them is recursive. */
const MAX_LEVELS = 200;

/** What a CONNECT says. */
export interface Connect {
  readonly clientId: string;
  /** Whether it named none: it is told which one it has got. */
  readonly isAssigned: boolean;
  readonly clean: boolean;
  /** How long it may be silent, in ms [MQTT-3.1.2-22]. */
  readonly silenceMs: number;
  readonly sessionExpiryS: number;
  readonly will: StoredMessage | undefined;
  readonly willDelayS: number;
  readonly receiveMaximum: number;
  readonly maximumPacketBytes: number;
}

/**
 * Reads a packet.
 *
 * @throws {Refusal} It breaks a rule of the standard.
 */
export function readControl(bytes: Uint8Array, { start, end }: PacketSpan, version: 4 | 5): Packet {
  const reader = parser({ protocolVersion: version });
  let packet: Packet | undefined;
  reader.on("packet", (found) => packet = found);
  reader.on("error", () => {});
  // A copy: it keeps parts of what it reads.
  reader.parse(Buffer.from(bytes.subarray(start, end)));
  if (packet === undefined) throw new Refusal(code.MALFORMED);
  return packet;
}

/**
 * Takes a CONNECT apart.
 *
 * @param now Monotonic time, in ms.
 * @throws {Refusal} The client is not let in.
 */
export function takeConnect(packet: IConnectPacket, version: 4 | 5, now: number): Connect {
  const { properties = {}, will, clean = true, keepalive = 0, clientId } = packet;
  if (properties.authenticationMethod !== undefined) throw new Refusal(code.BAD_METHOD, 5);
  // [MQTT-3.1.3-8]: only MQTT 5 gives a session that stays an id of the broker's.
  if (!clientId && version === 4 && !clean) throw new Refusal(code.BAD_CLIENT_ID, 2);
  if (will && !isValidTopic(will.topic)) throw new Refusal(code.TOPIC_INVALID, 5);
  const forEver = version === 5 ? properties.sessionExpiryInterval === NEVER_EXPIRES : !clean;
  return {
    clientId: clientId || crypto.randomUUID(),
    isAssigned: !clientId,
    clean,
    silenceMs: keepalive > 0 ? keepalive * 1500 : Infinity,
    sessionExpiryS: forEver ? Infinity : properties.sessionExpiryInterval ?? 0,
    will: will && willMessage(will, now),
    willDelayS: will?.properties?.willDelayInterval ?? 0,
    receiveMaximum: properties.receiveMaximum ?? MAX_RECEIVE,
    maximumPacketBytes: properties.maximumPacketSize ?? Infinity,
  };
}

/** Whether a client may subscribe to `filter`. */
export function isFilter(filter: string): boolean {
  return filterProblem(filter) === undefined && filter.split("/").length <= MAX_LEVELS;
}

/** Bytes of a packet. */
export function writeControl(packet: Packet, version: 4 | 5): Uint8Array {
  return generate(packet, { protocolVersion: version });
}

/** The message that a will is: read from the PUBLISH that it would have been. */
function willMessage(will: NonNullable<IConnectPacket["will"]>, now: number): StoredMessage {
  const { topic, payload, qos = 0, retain = false } = will;
  const { willDelayInterval: _, ...properties } = will.properties ?? {};
  const publish = { cmd: "publish", topic, payload, qos, retain, dup: false } as const;
  const bytes = writeControl({ ...publish, messageId: 1, properties }, 5);
  const packet = packetSpan();
  readPacket(bytes, 0, bytes.length, packet);
  return StoredMessage.read(bytes, packet, 5, now).message;
}
