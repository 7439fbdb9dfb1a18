/** Connects a publisher to a connection in memory. */

import { nextTurn } from "../../lib/system/clock.ts";
import type { Message, QoS } from "../../lib/message/message.ts";
import { type PublishConnection, Publisher } from "../../lib/mqtt/publisher.ts";
import { packetEnd } from "../faults/client_packets.ts";
import { bytes } from "./arbitrary.ts";

/** The fields of a sent packet that concern publishing. */
export interface Sent {
  readonly type: number;
  readonly qos: number;
  readonly dup: boolean;
  readonly id: number;
  readonly payload: string;
}

export function message(payload: string, qos: QoS = 1, more: Partial<Message> = {}): Message {
  return { time: 0, topic: "t", payload: bytes(payload), qos, retain: false, dup: false, ...more };
}

/** A connection of MQTT 3.1.1 that keeps sent packets. */
export class FakeLine implements PublishConnection {
  readonly version = 4;
  readonly resumed: boolean;
  readonly limits: PublishConnection["limits"];
  readonly sent: Sent[] = [];
  /** Replaced to delay writes. */
  written: Promise<void> = Promise.resolve();

  constructor(resumed = false, limits: Partial<PublishConnection["limits"]> = {}) {
    this.resumed = resumed;
    this.limits = {
      receiveMaximum: 65_535,
      maximumPacketBytes: 268_435_460,
      maximumQos: 2,
      retains: true,
      ...limits,
    };
  }

  /** The packets sent since the last call. */
  async take(): Promise<Sent[]> {
    await nextTurn();
    await nextTurn();
    return this.sent.splice(0);
  }

  readonly send = (all: Uint8Array): Promise<void> => {
    for (let at = 0, end; at < all.length; at = end) {
      end = packetEnd(all, at, all.length);
      this.sent.push(read(all.subarray(at, end)));
    }
    return this.written;
  };
}

/** Reads a PUBLISH of the topic `t`, or a PUBREL, of less than 128 bytes. */
function read(packet: Uint8Array): Sent {
  const first = packet[0]!, type = first >> 4;
  const qos = type === 3 ? first >> 1 & 3 : 0;
  const at = type === 3 ? 5 : 2;
  const id = type === 6 || qos > 0 ? packet[at]! << 8 | packet[at + 1]! : 0;
  const payload = type === 3 ? new TextDecoder().decode(packet.subarray(qos > 0 ? 7 : 5)) : "";
  return { type, qos, dup: type === 3 && (first & 8) !== 0, id, payload };
}

/** The present state of a promise. */
export function watch(promise: Promise<void>): { readonly state: string; readonly error: unknown } {
  const seen = { state: "waits", error: undefined as unknown };
  promise.then(() => seen.state = "resolved", (error) => {
    seen.state = "rejected";
    seen.error = error;
  });
  return seen;
}

/** A publisher and its first connection. */
export function connectedPublisher(limits: Partial<PublishConnection["limits"]> = {}) {
  const publisher = new Publisher();
  const line = new FakeLine(false, limits);
  publisher.attach(line);
  return { publisher, line };
}
