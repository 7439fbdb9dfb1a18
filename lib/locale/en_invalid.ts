/** The sentences about packets and messages that break the rules, in English. */

import { number } from "./format.ts";

export const invalid = {
  /** Why a connection ends. `sent`: the first bytes of the packet, escaped. */
  notMqtt: (malformation: string, sent: string) =>
    `it sent something that is not MQTT: ${malformation}${sent && ` (${sent})`}`,
  breaches: {
    "DUP at QoS 0": "QoS 0 and yet marked as sent again",
    "wildcard in the topic": "+ or # in its topic",
    "topic not UTF-8": "a topic that is not UTF-8",
  },
  /** `topic`: undefined for many; `path`: of the gap log. */
  leftOut: (topic: string | undefined, breach: string, path: string) =>
    `${
      topic === undefined ? "Messages of many topics are" : `A message of "${topic}" is`
    } left out, as MQTT forbids it: ${breach} (listed in ${path})`,
  /** `path`: undefined where rows are not on disk. */
  summary: (count: number, path: string | undefined) =>
    `${
      count === 1 ? "1 message" : `${number("en-US", count)} messages`
    } left out that MQTT forbids${path === undefined ? "" : ` (${path})`}`,
  /** In the status line, and as a label of the figures. */
  status: (count: number) => `${number("en-US", count)} left out`,
  label: "Left out",
  malformations: {
    "wrong flags": "a packet with wrong flags",
    "wrong size": "a packet of the wrong size",
    "overlong length": "a length with needless bytes",
    "length of more than four bytes": "a length of more than four bytes",
    "packet out of turn": "a packet out of turn",
    "packet identifier 0": "a packet identifier 0",
    "PUBLISH with QoS 3": "a message with QoS 3",
    "PUBLISH without a topic": "a message without a topic",
    "topic longer than its packet": "a topic longer than its packet",
    "NUL in a topic name": "a topic with a NUL character",
    "properties too long": "properties longer than their packet",
    "a property its packet cannot have": "a property that its packet cannot have",
    "property beyond its packet": "a property longer than its packet",
    "bytes behind the properties": "bytes after the end of a packet",
    "CONNACK with unknown flags": "a CONNACK with unknown flags",
    "CONNACK of MQTT 3.1.1": "a CONNACK of MQTT 3.1.1",
    "no reason code": "an answer without a reason code",
    "unknown reason code": "an unknown reason code",
    "codes for other filters": "a SUBACK that does not have one code for each filter",
    "answer to another QoS": "an answer that does not fit the message sent",
  },
};

/** The rule that a packet breaks. */
export type Malformation = keyof typeof invalid.malformations;
