/** What a publisher sent: the set P of the oracle, and what each of its messages must look like. */

import type { QoS } from "../../lib/message/message.ts";

/** Ends of payloads that careless writers break on; which one an id has is fixed. */
const FLAVOURS = ["21.5 °C", '{"v":1}', "a,b", 'say "hi"', "two\nlines", "lone\rcr", "x"];
const PAYLOAD = /^(\w+) (\d+) /;

/** Ids count from 0; everything about a message follows from its id. */
export class Published {
  /** When each was handed to the socket (first time), ms since the epoch; its length: ids so far. */
  readonly sent: number[] = [];
  /** When the broker acknowledged it (QoS 0: when the socket took it); absent: it did not. */
  readonly acked: (number | undefined)[] = [];
  /** Sent a second time after a lost connection: a second row is not the recorder's doing. */
  readonly resent = new Set<number>();
  /** The broker had kept them before the recorder came. */
  retained = false;
  /** How many are acknowledged: |P|. */
  ackedCount = 0;

  /**
   * @param name A word; the topics are `sensors/<name>/<0 … topics − 1>`.
   * @param pad Filler behind each payload, in bytes.
   */
  constructor(
    readonly name: string,
    readonly qos: QoS,
    readonly topics = 4,
    readonly pad = 0,
  ) {}

  /** Notes that message `id` is acknowledged. */
  acknowledge(id: number, time = Date.now()): void {
    if (this.acked[id] !== undefined) return;
    this.acked[id] = time;
    this.ackedCount++;
  }

  topic(id: number): string {
    return `sensors/${this.name}/${id % this.topics}`;
  }

  payload(id: number): string {
    return `${this.name} ${id} ${FLAVOURS[id % FLAVOURS.length]}${".".repeat(this.pad)}`;
  }
}

/** The publisher's name and the id in a payload of one, undefined in any other. */
export function readPayload(payload: string): { name: string; id: number } | undefined {
  const [, name, id] = PAYLOAD.exec(payload) ?? [];
  return name === undefined ? undefined : { name, id: Number(id) };
}
