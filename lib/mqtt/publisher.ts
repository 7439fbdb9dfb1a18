/**
 * Publishes. Packets do not go through npm:mqtt: they are written into bytes that leave many at a
 * time, and acknowledgements are taken before it would see them (measured: ten times as many).
 */

import { BrokerError } from "../locale/errors.ts";
import type { Message, QoS } from "../message/message.ts";
import { SendBuffer, type SendBytes } from "./send_buffer.ts";
import { isOurs, MAX_IN_FLIGHT, PacketIds } from "./packets/packet_ids.ts";
import { MalformedPacketError } from "./packets/properties.ts";
import { writePublish, writePubrel } from "./packets/publish_packet.ts";
import { PUBACK, PUBCOMP, PUBREC } from "./packets/packet_reader.ts";

/** Reason codes for what a broker that says so would only hang up on [MQTT-4.13]. */
const TOO_LARGE = 0x95, NO_RETAIN = 0x9a, NO_SUCH_QOS = 0x9b;

/** What the broker takes [MQTT-3.2.2.3]. */
export interface Limits {
  /** Messages of QoS 1 and 2 that are not acknowledged. */
  readonly receiveMaximum: number;
  readonly maximumPacketBytes: number;
  readonly maximumQos: QoS;
  readonly retains: boolean;
}

/** The connection, as far as it concerns who publishes. */
export interface Line {
  readonly version: 4 | 5;
  /** Whether the broker still has the session. */
  readonly resumed: boolean;
  readonly limits: Limits;
  readonly send: SendBytes;
}

/** A message that is not settled. */
interface Outgoing {
  readonly message: Message;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Packet identifier; 0: it was never sent in this session. */
  id: number;
  /** The broker has it (PUBREC): only PUBREL is still to be sent. */
  received: boolean;
}

const SETTLED = Promise.resolve();

export class Publisher {
  readonly #ids = new PacketIds();
  /** What waits for the connection, for room, or for acknowledgements, in order. */
  #waiting: Outgoing[] = [];
  /** Sent with QoS 1 or 2 and not acknowledged, by identifier, in order. */
  readonly #sent = new Map<number, Outgoing>();
  #line: Line | undefined;
  #sendBuffer: SendBuffer | undefined;
  #ended = false;
  #hearing = false;
  #allSettled = Promise.withResolvers<void>();

  /**
   * Resolves when the message is on its way (QoS 0), or the broker has acknowledged it (QoS 1, 2),
   * however many connections that takes; at the end also without.
   *
   * @throws {BrokerError} The broker refuses it.
   */
  publish(message: Message): Promise<void> {
    if (this.#ended) return SETTLED;
    const waits = this.#waiting.length > 0 || !this.#sendBuffer?.hasRoom;
    // What is usual for QoS 0 needs no promise of its own.
    if (message.qos === 0 && !waits && this.#write(message, 0, false) === undefined) return SETTLED;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject, id: 0, received: false });
      this.#pump();
    });
  }

  /** There is a connection (again): what the last one left without an answer is sent first. */
  attach(line: Line): void {
    this.#waiting = [...this.#sent.values(), ...this.#waiting];
    this.#sent.clear();
    if (!line.resumed) this.#forgetSession();
    this.#line = line;
    const sendBuffer = this.#sendBuffer = new SendBuffer(line.send, () => {
      if (this.#sendBuffer === sendBuffer) this.#pump();
    });
    this.#pump();
  }

  /** The connection is gone. */
  detach(): void {
    this.#sendBuffer = undefined;
  }

  /**
   * Takes a PUBACK, PUBREC or PUBCOMP; whether it was for the publisher.
   *
   * @throws {MalformedPacketError} It answers something else than what was sent.
   */
  acknowledge(type: number, id: number, code: number): boolean {
    if (!isOurs(id)) return false;
    const outgoing = this.#sent.get(id);
    if (outgoing === undefined) return true;
    const { message: { topic, qos }, received } = outgoing;
    if (type !== (qos === 1 ? PUBACK : received ? PUBCOMP : PUBREC)) {
      throw new MalformedPacketError("answer to another QoS");
    }
    if (type === PUBREC && code < 0x80) {
      outgoing.received = true;
      if (this.#sendBuffer !== undefined) {
        writePubrel(this.#sendBuffer.buffer, id);
        this.#sendBuffer.filled();
      }
      return true;
    }
    this.#sent.delete(id);
    // A PUBCOMP only knows the code of a broker that has forgotten the PUBREC [MQTT-3.7.2.1].
    if (code >= 0x80 && type !== PUBCOMP) outgoing.reject(refusal(topic, code));
    else outgoing.resolve();
    this.#pump();
    if (this.#ended && this.#sent.size === 0) this.#allSettled.resolve();
    return true;
  }

  /**
   * Something came in, and what it acknowledges is taken. A server that does not set TCP_NODELAY,
   * as Mosquitto by default, keeps what is left of its answers until its kernel knows that the
   * first bytes arrived; ours says so at once only with something we send. For that one message is
   * kept back (measured: 5,800 messages a second became 10,000 with its window of 20).
   */
  heard(): void {
    if (this.#sendBuffer?.buffer.length !== 0) return;
    this.#hearing = true;
    this.#pump();
    this.#hearing = false;
  }

  /** Takes no more; resolves when all that was sent is acknowledged. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { resolve } of this.#waiting) resolve();
    for (const { resolve } of this.#sent.values()) resolve();
    this.#waiting = [];
    if (this.#sent.size > 0) await this.#allSettled.promise;
  }

  /** How many may be unacknowledged now. */
  get #window(): number {
    const { receiveMaximum } = this.#line!.limits;
    return Math.max(1, Math.min(receiveMaximum, MAX_IN_FLIGHT) - (this.#hearing ? 0 : 1));
  }

  /** A broker without the session has forgotten every identifier. */
  #forgetSession(): void {
    for (const outgoing of this.#waiting) {
      // It answers for what it has received.
      if (outgoing.received) outgoing.resolve();
      outgoing.id = 0;
    }
    this.#waiting = this.#waiting.filter(({ received }) => !received);
  }

  /** Sends what waits, as far as there is room. */
  #pump(): void {
    while (this.#waiting.length > 0 && this.#sendBuffer?.hasRoom) {
      const outgoing = this.#waiting[0]!;
      const { message, received } = outgoing;
      if (message.qos > 0 && this.#sent.size >= this.#window) return;
      this.#waiting.shift();
      if (received) {
        writePubrel(this.#sendBuffer.buffer, outgoing.id);
        this.#sendBuffer.filled();
        this.#sent.set(outgoing.id, outgoing);
        continue;
      }
      // What was sent in this session keeps its identifier [MQTT-4.4.0-1].
      const dup = outgoing.id > 0;
      if (message.qos > 0 && !dup) outgoing.id = this.#ids.next(this.#sent);
      const refused = this.#write(message, outgoing.id, dup);
      if (refused !== undefined) outgoing.reject(refusal(message.topic, refused));
      else if (message.qos > 0) this.#sent.set(outgoing.id, outgoing);
      else outgoing.resolve();
    }
  }

  /** Puts a message into the send buffer; the reason code when the broker would not take it. */
  #write(message: Message, id: number, dup: boolean): number | undefined {
    const { version, limits } = this.#line!;
    const sendBuffer = this.#sendBuffer!;
    if (message.qos > limits.maximumQos) return NO_SUCH_QOS;
    if (message.retain && !limits.retains) return NO_RETAIN;
    const options = { version, id, dup, maximumBytes: limits.maximumPacketBytes };
    if (!writePublish(sendBuffer.buffer, message, options)) return TOO_LARGE;
    sendBuffer.filled();
  }
}

/** What a reason code of the broker's ends a message with, now and later [MQTT-3.4.2.1]. */
function refusal(topic: string, code: number): BrokerError {
  return new BrokerError((t) => t.publishRefused(topic, code), { final: true });
}
