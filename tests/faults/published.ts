/** The messages of a publisher: the set P of the oracle, and the expected payloads. */

import type { QoS } from "../../lib/message/message.ts";

/** Ends of payloads that break careless writers; each id has a fixed one. */
const FLAVOURS = ["21.5 °C", '{"v":1}', "a,b", 'say "hi"', "two\nlines", "lone\rcr", "x"];
const PAYLOAD = /^(\w+) (\d+) /;

/** Ids count from 0; a message is determined by its id. */
export class Published {
  /** Time of each first write to the socket, ms since the epoch; its length is the next id. */
  readonly sent: number[] = [];
  /** When the broker acknowledged it (QoS 0: when the socket accepted it), if it did. */
  readonly acked: (number | undefined)[] = [];
  /** Ids sent again after a lost connection: their second rows are not the recorder's fault. */
  readonly resent = new Set<number>();
  /** The broker had kept them before the recorder came. */
  retained = false;
  /** Number of acknowledged messages: |P|. */
  ackedCount = 0;

  /**
   * @param name A word; the topics are `sensors/<name>/<0 … topics − 1>`.
   * @param pad Filler after each payload, in bytes.
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
