/** What the built-in broker keeps of one client across its connections [MQTT-3.1.2.11.2]. */

import type { Loss } from "./losses.ts";
import type { Connect } from "./control_packets.ts";
import { Fifo } from "./fifo.ts";
import type { QoS } from "../message/message.ts";
import type { SendBuffer } from "../mqtt/send_buffer.ts";
import { writePubrel } from "../mqtt/packets/publish_packet.ts";
import type { StoredMessage } from "./stored_message.ts";
import type { Subscription } from "./subscription_tree.ts";
import { PUBACK, PUBCOMP, PUBREC } from "../mqtt/packets/packet_reader.ts";

/** What may wait for one client, and for all together, in bytes; one message always may. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024, MAX_ALL_BYTES = 256 * 1024 * 1024;
/** Most unwritten bytes before messages of QoS 0 are dropped. */
const MAX_UNWRITTEN_BYTES = 16 * 1024 * 1024;
const MAX_ID = 65_535;

/** Called once: whether the receiver has acknowledged the message, or will never do so. */
export type OnAcked = (acknowledged: boolean) => void;

/** How a message is to reach one client. */
export interface Delivery {
  readonly message: StoredMessage;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly subscriptionIds: readonly number[];
  readonly onAcked?: OnAcked | undefined;
}

interface Outgoing extends Delivery {
  /** Packet identifier; 0: not sent yet. */
  id: number;
  /** The client has it (PUBREC): only PUBREL is left to be sent. */
  received: boolean;
}

/** A connected client. */
export interface Line extends Pick<Connect, "receiveMaximum" | "maximumPacketBytes"> {
  readonly version: 4 | 5;
  readonly sendBuffer: SendBuffer;
  /** Ends the connection; `code` says why [MQTT-3.14.2.1]. */
  end(code: number): Promise<void>;
}

/** What all sessions share. */
export interface SessionContext {
  /** Bytes that wait for all clients but the recorder. */
  queuedBytes: number;
  /** Monotonic time, in ms. */
  readonly now: () => number;
  /** Says that a client's messages are dropped. */
  readonly onLoss: (loss: Loss) => void;
}

export class ClientSession {
  readonly clientId: string;
  readonly #context: SessionContext;
  readonly #sent = new Map<number, Outgoing>();
  readonly #queue = new Fifo<Outgoing>();
  #lastId = 0;

  readonly subscriptions = new Map<string, Subscription<ClientSession>>();
  /** QoS 2 identifiers between PUBLISH and PUBREL: what waits for the answer to each. */
  readonly incoming = new Map<number, Promise<boolean>>();
  /** Undefined while the client is away. */
  line: Line | undefined;
  /** Seconds that it outlives a connection. */
  expiryS = 0;
  /** When the client left, monotonic, in ms. */
  leftMs = 0;
  will: { readonly message: StoredMessage; readonly dueMs: number } | undefined;
  /** Nothing is ever dropped: the publishers wait instead. */
  isRecorder = false;
  /** Bytes of what waits, or is sent and not acknowledged. */
  bytes = 0;

  constructor(clientId: string, context: SessionContext) {
    this.clientId = clientId;
    this.#context = context;
  }

  /** Whether nothing is under way to the client. */
  get isIdle(): boolean {
    return this.#sent.size + this.#queue.size === 0 && !this.line?.sendBuffer.pending;
  }

  /** The client is connected: what was not acknowledged is sent again, in order [MQTT-4.4.0-1]. */
  attach(line: Line): void {
    this.line = line;
    const waiting = this.#queue.takeAll();
    for (const outgoing of this.#sent.values()) this.#queue.push(outgoing);
    for (const outgoing of waiting) this.#queue.push(outgoing);
    this.#sent.clear();
    this.pump();
  }

  /** Sends a message now or later, or drops it where too many wait. */
  deliver(delivery: Delivery): void {
    const { message, qos, onAcked } = delivery;
    if (qos === 0) {
      const { line } = this;
      if (line && (this.isRecorder || line.sendBuffer.pending < MAX_UNWRITTEN_BYTES)) {
        this.#write(line, { ...delivery, id: 0, received: false }, false);
      } else if (line) this.#overflow(line.sendBuffer.pending);
      return onAcked?.(true);
    }
    if (!this.#hasRoom(message.size)) {
      this.#overflow(this.bytes);
      return onAcked?.(true);
    }
    this.#count(message.size);
    this.#queue.push({ ...delivery, id: 0, received: false });
    this.pump();
  }

  /** Sends what waits, as far as the client takes it. */
  pump(): void {
    const { line } = this;
    if (line === undefined) return;
    while (
      this.#queue.size > 0 && this.#sent.size < line.receiveMaximum && line.sendBuffer.hasRoom
    ) {
      const outgoing = this.#queue.shift()!;
      if (outgoing.received) {
        writePubrel(line.sendBuffer.buffer, outgoing.id);
        line.sendBuffer.filled();
        this.#sent.set(outgoing.id, outgoing);
        continue;
      }
      const isAgain = outgoing.id > 0;
      outgoing.id ||= this.#nextId();
      this.#sent.set(outgoing.id, outgoing);
      if (!this.#write(line, outgoing, isAgain)) this.#finished(outgoing);
    }
  }

  /** Takes a PUBACK, PUBREC or PUBCOMP of the client. */
  acknowledge(type: number, id: number, code: number): void {
    const outgoing = this.#sent.get(id);
    if (type === PUBREC && code < 0x80) {
      // It has it also where we have forgotten: without the PUBREL it would wait for ever.
      if (outgoing?.qos === 2 && !outgoing.received) {
        outgoing.received = true;
        outgoing.onAcked?.(true);
      }
      if (this.line === undefined) return;
      writePubrel(this.line.sendBuffer.buffer, id);
      this.line.sendBuffer.filled();
    } else if (
      outgoing && type === (outgoing.qos === 1 ? PUBACK : outgoing.received ? PUBCOMP : PUBREC)
    ) {
      this.#finished(outgoing);
      this.pump();
    }
  }

  /** The session ends: nothing that waits will be acknowledged. */
  end(): void {
    const all = [...this.#sent.values(), ...this.#queue.takeAll()];
    this.#sent.clear();
    this.#count(-this.bytes);
    for (const { onAcked, received } of all) if (!received) onAcked?.(false);
  }

  #finished(outgoing: Outgoing): void {
    this.#sent.delete(outgoing.id);
    this.#count(-outgoing.message.size);
    if (!outgoing.received) outgoing.onAcked?.(true);
  }

  #hasRoom(size: number): boolean {
    if (this.isRecorder) return true;
    return (this.bytes === 0 || this.bytes + size <= MAX_QUEUED_BYTES) &&
      this.#context.queuedBytes + size <= MAX_ALL_BYTES;
  }

  #overflow(bytes: number): void {
    this.#context.onLoss({ type: "overflow", clientId: this.clientId, bytes });
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    if (!this.isRecorder) this.#context.queuedBytes += bytes;
  }

  #nextId(): number {
    do this.#lastId = this.#lastId % MAX_ID + 1; while (this.#sent.has(this.#lastId));
    return this.#lastId;
  }

  /** Whether the client gets it: not what has expired, or is larger than it takes. */
  #write(line: Line, outgoing: Outgoing, dup: boolean): boolean {
    const { message, qos, retain, subscriptionIds, id } = outgoing;
    const now = this.#context.now();
    if (message.isExpired(now)) return false;
    const { version, maximumPacketBytes: maximumBytes, sendBuffer } = line;
    const form = { version, qos, retain, dup, id, subscriptionIds, maximumBytes, now };
    const isWritten = message.writeTo(sendBuffer.buffer, form);
    if (isWritten) sendBuffer.filled();
    return isWritten;
  }
}
