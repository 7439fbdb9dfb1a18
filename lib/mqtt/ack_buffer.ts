/** The acknowledgements that wait for rows, as the bytes that leave later; counts those in flight. */

import { ByteBuffer } from "../message/byte_buffer.ts";
import type { Flight } from "./backlog.ts";
import { REFUSED } from "./packets/ack_codes.ts";

/** Bytes of one acknowledgement. */
const ACK_BYTES = 4;
/** First bytes: PUBREC completes nothing (PUBREL follows), PUBCOMP answers no PUBLISH. */
const PUBREC_BYTE = 0x50, PUBCOMP_BYTE = 0x70;

/**
 * Sends the acknowledgements of a batch; does nothing once their connection is gone.
 *
 * @param refusals Whether `REFUSED` marks any of them.
 */
export type SendAcks = (acks: Uint8Array, refusals: boolean) => void;

/** The acknowledgements of one batch. */
export interface Acks {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly refusals: boolean;
  readonly send: SendAcks;
}

export class AckBuffer {
  readonly #buffer = new ByteBuffer(256);
  #refusals = false;
  #send: SendAcks = () => {};
  /** Messages with QoS 1 or 2 of this connection, and acknowledgements that will complete one. */
  #arrived = 0;
  #open = 0;

  /** Acknowledgements queued. */
  get count(): number {
    return this.#buffer.length / ACK_BYTES;
  }

  /** Messages with QoS 1 or 2 of this connection, without those that wait for PUBREL. */
  get flight(): Flight {
    return { open: this.#open, arrived: this.#arrived };
  }

  /** Starts a new connection: acknowledgements of the previous one must not reach it. */
  connect(send: SendAcks): void {
    this.#buffer.clear();
    this.#refusals = false;
    this.#arrived = this.#open = 0;
    this.#send = send;
  }

  /** Queues an acknowledgement of this type for a packet identifier. */
  acknowledge(type: number, id: number): void {
    const buffer = this.#buffer;
    buffer.reserve(ACK_BYTES);
    buffer.bytes[buffer.length++] = type;
    buffer.bytes[buffer.length++] = 2;
    buffer.bytes[buffer.length++] = id >> 8;
    buffer.bytes[buffer.length++] = id & 255;
    if (type !== PUBREC_BYTE) this.#open++;
    if (type !== PUBCOMP_BYTE) this.#arrived++;
  }

  /** Marks the acknowledgement queued last as a refusal (MQTT 5). */
  markRefused(): void {
    this.#buffer.bytes[this.#buffer.length - ACK_BYTES + 1] = REFUSED;
    this.#refusals = true;
  }

  /** Takes everything queued so far. */
  take(): Acks {
    const bytes = this.#buffer.view().slice();
    const acks = { bytes, count: this.count, refusals: this.#refusals, send: this.#send };
    this.#buffer.clear();
    this.#refusals = false;
    return acks;
  }

  /** Counts acknowledgements that leave now; whether they are of this connection. */
  sent({ bytes, send }: Acks): boolean {
    if (send !== this.#send) return false;
    for (let at = 0; at < bytes.length; at += ACK_BYTES) {
      if (bytes[at] !== PUBREC_BYTE) this.#open--;
    }
    return true;
  }
}
