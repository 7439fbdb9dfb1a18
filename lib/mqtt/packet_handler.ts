/** Handles each packet of the broker: makes a row, answers it, or leaves it to npm:mqtt. */

import type { AckWindow } from "./ack_window.ts";
import type { ReceiveQueue } from "./receive_queue.ts";
import { escapeBytes } from "../text/escape_bytes.ts";
import type { Breach } from "../message/invalid_message.ts";
import type { OverlapCopies } from "./overlap_copies.ts";
import { checkCodeCount, checkPacket } from "./packets/packet_rules.ts";
import { MalformedPacketError, reasonStringOf } from "./packets/properties.ts";
import { propertiesText } from "../formats/properties_text.ts";
import type { Publisher } from "./publisher.ts";
import type { RetainedCopies } from "./retained_copies.ts";
import type { MessageFilter } from "./message_filter.ts";
import {
  CONNACK,
  DISCONNECT,
  type PacketSpan,
  packetSpan,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  publishSpan,
  PUBREL,
  readPacket,
  readPublish,
  SUBACK,
} from "./packets/packet_reader.ts";

/** State that outlives one connection. */
export interface Session {
  readonly receiveQueue: ReceiveQueue;
  /** Whether the broker had no session, and that is not reported yet. */
  lost?: boolean;
  /** QoS 2 identifiers between PUBLISH and PUBREL. */
  readonly incoming: Set<number>;
  /** Undefined: only npm:mqtt publishes. */
  readonly publisher?: Pick<Publisher, "acknowledge" | "heard"> | undefined;
  /** Undefined: every message becomes a row. */
  readonly messageFilter?: MessageFilter | undefined;
  /** Undefined: no filters overlap. */
  readonly copies?: OverlapCopies | undefined;
  /** Undefined: every retained message becomes a row. */
  readonly retainedCopies?: RetainedCopies | undefined;
  /** Records the properties of messages too. @default {false} */
  readonly properties?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What was handled of a buffer. */
export interface Handled {
  /** Bytes of whole packets. */
  end: number;
  /** Messages among them, or before the packet being handled, and their bytes. */
  messages: number;
  messageBytes: number;
  /** The least bytes missing of the next packet. */
  missing: number;
}

const PUBACK_BYTE = 0x40, PUBREC_BYTE = 0x50, PUBCOMP_BYTE = 0x70;

/**
 * Records QoS 2 at PUBLISH (method B of [MQTT-4.3.3]). It remembers the identifier until PUBREL, so
 * that a repeated PUBLISH makes no second row, and PUBREC leaves once the row is on disk.
 */
export class PacketHandler {
  readonly #session: Session;
  readonly #window: AckWindow;
  readonly #version: 4 | 5;
  readonly #packet = packetSpan();
  #disconnected = false;
  /** Whether npm:mqtt reads a PINGRESP of the present bytes already. */
  #pingAnswered = false;

  /** Whether the broker has answered CONNECT. */
  connected = false;
  /** Whether the broker has answered a SUBSCRIBE. */
  subscribed = false;
  /** SUBSCRIBE packets whose SUBACK is pending. */
  unanswered = 0;
  /** Codes that the SUBACK must have, by packet identifier. */
  readonly expectedCodes = new Map<number, number>();

  constructor(session: Session, window: AckWindow, version: 4 | 5) {
    this.#session = session;
    this.#window = window;
    this.#version = version;
  }

  /**
   * Handles the whole packets in `buffer[0, length)`, received at `time`. Apart from the async loop
   * that reads: there V8 left the optimized code with every read (Deno 2.9.5).
   *
   * @param handled Is right also if this throws.
   * @param passOn Called with each packet that npm:mqtt must read.
   * @throws {MalformedPacketError} It breaks a rule of the standard.
   */
  takeAll(
    buffer: Uint8Array,
    length: number,
    time: number,
    handled: Handled,
    passOn: (packet: Uint8Array) => void,
  ): void {
    this.#pingAnswered = false;
    const packet = this.#packet;
    let at = 0, messages = 0, messageBytes = 0;
    try {
      while ((handled.missing = readPacket(buffer, at, length, packet)) === 0) {
        const { start, end } = packet;
        if (packet.type === PUBLISH) {
          messages++;
          messageBytes += end - start;
        } else handled.messages = messages;
        if (this.take(buffer, packet, time)) passOn(buffer.slice(start, end));
        at = end;
      }
    } finally {
      handled.end = at;
      handled.messages = messages;
      handled.messageBytes = messageBytes;
    }
  }

  /**
   * Handles one whole packet received at `time`.
   *
   * @returns Whether npm:mqtt must read it.
   * @throws {MalformedPacketError} It breaks a rule of the standard.
   */
  take(buffer: Uint8Array, packet: PacketSpan, time: number): boolean {
    const { receiveQueue, incoming } = this.#session;
    // CONNACK comes first and once [MQTT-3.2.0-1], [MQTT-3.2.0-2]; nothing follows a DISCONNECT
    // [MQTT-3.14.4-1].
    if ((packet.type === CONNACK) === this.connected || this.#disconnected) {
      throw new MalformedPacketError("packet out of turn");
    }
    if (packet.type === PUBLISH) {
      this.#takePublish(buffer, packet, time);
      return false;
    }
    checkPacket(buffer, packet, this.#version);
    if (packet.type === PUBREL) {
      const id = buffer[packet.body]! << 8 | buffer[packet.body + 1]!;
      incoming.delete(id);
      receiveQueue.acknowledge(PUBCOMP_BYTE, id);
      return false;
    }
    if (packet.type === PINGRESP) return this.#takePingresp();
    if (packet.type >= PUBACK && packet.type <= PUBCOMP) return !this.#takeAck(buffer, packet);
    if (packet.type === CONNACK) {
      this.connected = true;
      const resumed = (buffer[packet.body]! & 1) === 1;
      // A refusal never names the session [MQTT-3.2.2-6], which the broker may still keep.
      const refused = buffer[packet.body + 1] !== 0;
      if (!resumed && !refused) {
        incoming.clear();
        this.#session.lost = true;
      }
    } else if (packet.type === SUBACK) this.#takeSuback(buffer, packet);
    else if (packet.type === DISCONNECT) this.#disconnected = true;
    return true;
  }

  /** Whether npm:mqtt must read it: one is enough, and 131,072 in a read would take it 0.5 s. */
  #takePingresp(): boolean {
    if (!this.#window.answered() || this.#pingAnswered) return false;
    return this.#pingAnswered = true;
  }

  #takeSuback(buffer: Uint8Array, packet: PacketSpan): void {
    const { body, end } = packet;
    const id = buffer[body]! << 8 | buffer[body + 1]!;
    const filters = this.expectedCodes.get(id);
    this.expectedCodes.delete(id);
    // npm:mqtt would close the connection without a reason.
    if (filters !== undefined) checkCodeCount(buffer, packet, this.#version, filters);
    this.subscribed = true;
    // An answer to a SUBSCRIBE that was sent twice may come twice.
    this.unanswered = Math.max(0, this.unanswered - 1);
    // A subscription with an identifier has its own packet, with a single code.
    this.#session.copies?.answered(id, buffer[end - 1]!);
  }

  /** Whether it acknowledges a message of the publisher. */
  #takeAck(buffer: Uint8Array, { type, body, end }: PacketSpan): boolean {
    const code = end - body > 2 ? buffer[body + 2]! : 0;
    const id = buffer[body]! << 8 | buffer[body + 1]!;
    const reasonString = code < 0x80 ? undefined : reasonStringOf(buffer, body + 3, end);
    return this.#session.publisher?.acknowledge(type, id, code, { reasonString }) ?? false;
  }

  readonly #publish = publishSpan();

  #takePublish(buffer: Uint8Array, packet: PacketSpan, time: number): void {
    const { receiveQueue, incoming, messageFilter, copies, retainedCopies, properties } =
      this.#session;
    const publish = this.#publish;
    const breach = readPublish(buffer, packet, this.#version, publish);
    if (receiveQueue.wanted > 0 && this.unanswered <= 0 && messageFilter?.ends(publish)) {
      receiveQueue.wanted = 0;
      receiveQueue.end();
    }
    if (receiveQueue.wanted <= 0) return;
    if (breach !== undefined) return this.#leaveOut(buffer, breach, time);
    if (publish.qos === 2) {
      // A repeated PUBLISH has DUP set [MQTT-3.3.1-1]; without it, a broker restored from an older
      // state has reused the identifier.
      const known = publish.dup && incoming.has(publish.id);
      incoming.add(publish.id);
      receiveQueue.acknowledge(PUBREC_BYTE, publish.id);
      if (known) return;
    } else if (publish.qos === 1) {
      receiveQueue.acknowledge(PUBACK_BYTE, publish.id);
    }
    if (copies?.isCopy(buffer, publish, receiveQueue)) return;
    if (messageFilter?.takes(buffer, publish) === false) return;
    if (publish.retain && retainedCopies?.isCopy(buffer, publish)) return;
    receiveQueue.batch.push(time, buffer, publish);
    if (properties) {
      const start = publish.topicEnd + (publish.qos > 0 ? 2 : 0);
      receiveQueue.batch.addProperties(propertiesText(buffer, start, publish.payloadStart));
    }
    if (publish.qos === 0) receiveQueue.sawQos0();
    receiveQueue.pushed(time);
  }

  /** Leaves out the message just read; acknowledges it so that it does not come again. */
  #leaveOut(buffer: Uint8Array, breach: Breach, time: number): void {
    const { receiveQueue, incoming, messageFilter } = this.#session;
    const publish = this.#publish;
    const { id, qos, dup, topicStart, topicEnd, payloadStart, payloadEnd } = publish;
    const known = qos === 2 && dup && incoming.has(id);
    if (qos > 0) {
      const type = qos === 1 ? PUBACK_BYTE : PUBREC_BYTE;
      if (this.#version === 5) receiveQueue.refuse(type, id);
      else receiveQueue.acknowledge(type, id);
    }
    // A PUBREC that refuses ends the handshake [MQTT-4.3.3-4].
    if (qos === 2) this.#version === 5 ? incoming.delete(id) : incoming.add(id);
    else if (qos === 0) receiveQueue.sawQos0();
    if (known || messageFilter?.takes(buffer, publish) === false) return;
    const topic = escapeBytes(buffer, topicStart, topicEnd);
    const bytes = payloadEnd - payloadStart;
    receiveQueue.leaveOut({ breach, topic, bytes, count: 1, from: time, to: time });
  }
}
