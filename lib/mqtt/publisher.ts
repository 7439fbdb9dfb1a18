/**
 * Publishes without npm:mqtt: packets are written into one buffer and leave many at a time, and the
 * gate passes their acknowledgements here. That is ten times as fast
 * (`deno task bench --only publishing`).
 */

import { BrokerError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { Message, QoS } from "../message/message.ts";
import { SendBuffer, type SendBytes } from "./send_buffer.ts";
import { isOurs, MAX_IN_FLIGHT, PacketIds } from "./packets/packet_ids.ts";
import { MalformedPacketError } from "./packets/properties.ts";
import { writePublish, writePubrel } from "./packets/publish_packet.ts";
import { PUBACK, PUBCOMP, PUBREC } from "./packets/packet_reader.ts";
import { type BrokerReason, codeText, publishRefused } from "./transport/broker_reason.ts";

/** Reason codes for messages on which a broker would close the connection [MQTT-4.13]. */
const TOO_LARGE = 0x95, NO_RETAIN = 0x9a, NO_SUCH_QOS = 0x9b;

/** Limits of the broker [MQTT-3.2.2.3]. */
export interface Limits {
  /** Unacknowledged messages of QoS 1 and 2, at most. */
  readonly receiveMaximum: number;
  readonly maximumPacketBytes: number;
  readonly maximumQos: QoS;
  readonly retains: boolean;
}

/** The connection, as the publisher uses it. */
export interface PublishConnection {
  readonly version: 4 | 5;
  /** Whether the broker still has the session. */
  readonly resumed: boolean;
  readonly limits: Limits;
  readonly send: SendBytes;
}

/** A message that is not sent or not acknowledged yet. */
interface Outgoing {
  readonly message: Message;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Packet identifier; 0: it was never sent in this session. */
  id: number;
  /** Whether the broker has it (PUBREC): only PUBREL is still to be sent. */
  received: boolean;
}

const RESOLVED = Promise.resolve();

export class Publisher {
  readonly #ids = new PacketIds();
  /** Messages that wait for the connection, for room, or for acknowledgements, in order. */
  #waiting: Outgoing[] = [];
  /** Sent with QoS 1 or 2 and not acknowledged, by identifier, in order. */
  readonly #sent = new Map<number, Outgoing>();
  #connection: PublishConnection | undefined;
  #sendBuffer: SendBuffer | undefined;
  #ended = false;
  #hearing = false;
  #allAcknowledged = Promise.withResolvers<void>();

  /**
   * Resolves when the message is queued for sending (QoS 0), or the broker has acknowledged it (QoS
   * 1, 2), however many connections that takes; `end()` resolves it in any case.
   *
   * @throws {BrokerError} The broker refuses it.
   */
  publish(message: Message): Promise<void> {
    if (this.#ended) return RESOLVED;
    const waits = this.#waiting.length > 0 || !this.#sendBuffer?.hasRoom;
    // The usual case of QoS 0 allocates no promise.
    if (message.qos === 0 && !waits && this.#write(message, 0, false) === undefined) {
      return RESOLVED;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject, id: 0, received: false });
      this.#pump();
    });
  }

  /** Uses a new connection; unacknowledged messages of the previous one are sent first. */
  attach(connection: PublishConnection): void {
    this.#waiting = [...this.#sent.values(), ...this.#waiting];
    this.#sent.clear();
    if (!connection.resumed) this.#forgetSession();
    this.#connection = connection;
    const sendBuffer = this.#sendBuffer = new SendBuffer(connection.send, () => {
      if (this.#sendBuffer === sendBuffer) this.#pump();
    });
    this.#pump();
  }

  /** Stops sending: the connection is lost. */
  detach(): void {
    this.#sendBuffer = undefined;
  }

  /**
   * Handles a PUBACK, PUBREC or PUBCOMP; whether it was for the publisher.
   *
   * @param reason What a refusal says beside its code.
   * @throws {MalformedPacketError} It answers a packet that was not sent.
   */
  acknowledge(type: number, id: number, code: number, reason?: BrokerReason): boolean {
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
    // The only error code of PUBCOMP means that the broker has no PUBREC [MQTT-3.7.2.1].
    if (code >= 0x80 && type !== PUBCOMP) outgoing.reject(refusal(topic, code, reason));
    else outgoing.resolve();
    this.#pump();
    if (this.#ended && this.#sent.size === 0) this.#allAcknowledged.resolve();
    return true;
  }

  /**
   * Sends one message, held back for this, after each read. A broker without TCP_NODELAY (Mosquitto
   * by default) holds further answers until the first ones are acknowledged by TCP, and our kernel
   * does so at once only along with data. With a window of 20 that makes 10,000 instead of 5,800
   * messages a second (`deno task bench --only publishing`).
   */
  heard(): void {
    if (this.#sendBuffer?.buffer.length !== 0) return;
    this.#hearing = true;
    this.#pump();
    this.#hearing = false;
  }

  /** Accepts no more; resolves when every message sent is acknowledged. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { resolve } of this.#waiting) resolve();
    for (const { resolve } of this.#sent.values()) resolve();
    this.#waiting = [];
    if (this.#sent.size > 0) await this.#allAcknowledged.promise;
  }

  /** Messages that may be unacknowledged now. */
  get #window(): number {
    const { receiveMaximum } = this.#connection!.limits;
    return Math.max(1, Math.min(receiveMaximum, MAX_IN_FLIGHT) - (this.#hearing ? 0 : 1));
  }

  /** Forgets the identifiers: the broker has lost the session. */
  #forgetSession(): void {
    for (const outgoing of this.#waiting) {
      // The broker has taken responsibility for it with PUBREC.
      if (outgoing.received) outgoing.resolve();
      outgoing.id = 0;
    }
    this.#waiting = this.#waiting.filter(({ received }) => !received);
  }

  /** Sends waiting messages while there is room. */
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
      // A message resent in the same session keeps its identifier [MQTT-4.4.0-1].
      const dup = outgoing.id > 0;
      if (message.qos > 0 && !dup) outgoing.id = this.#ids.next(this.#sent);
      const refused = this.#write(message, outgoing.id, dup);
      if (refused !== undefined) outgoing.reject(refusal(message.topic, refused));
      else if (message.qos > 0) this.#sent.set(outgoing.id, outgoing);
      else outgoing.resolve();
    }
  }

  /** Writes a message into the send buffer; returns the reason code if it exceeds a limit. */
  #write(message: Message, id: number, dup: boolean): number | undefined {
    const { version, limits } = this.#connection!;
    const sendBuffer = this.#sendBuffer!;
    if (message.qos > limits.maximumQos) return NO_SUCH_QOS;
    if (message.retain && !limits.retains) return NO_RETAIN;
    const options = { version, id, dup, maximumBytes: limits.maximumPacketBytes };
    if (!writePublish(sendBuffer.buffer, message, options)) return TOO_LARGE;
    sendBuffer.filled();
  }
}

/** The error of a message that the broker refuses [MQTT-3.4.2.1]. */
function refusal(topic: string, code: number, reason: BrokerReason = {}): BrokerError {
  const say = (t: Sentences) =>
    t.connect.publishRefused[publishRefused(code)](topic, codeText(code, reason, t));
  return new BrokerError(say, { final: true });
}
