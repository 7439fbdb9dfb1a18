/** What a broker allows in CONNACK [MQTT-3.2.2.3], and what may be sent within that. */

import { isShared } from "../message/topic.ts";
import type { Limits } from "./publisher.ts";

/**
 * Limits of a broker that gives none: the maxima of MQTT. CONNECT allows the broker as much:
 * Mosquitto drops messages beyond the window and a queue of 1,000.
 */
export const MAX_RECEIVE = 65_535, MAX_PACKET_BYTES = 268_435_460;

/** Filters in one packet, at most: AWS IoT Core closes the connection on more. */
const MAX_FILTERS = 8;
/** Bytes of a SUBSCRIBE beside its filters, at most, and of a filter beside its text. */
const PACKET_BYTES = 13, FILTER_BYTES = 3;
/** Codes of SUBACK for what the broker does not allow [MQTT-3.9.3]; the first is ours. */
const TOO_LARGE = 0x95, NO_SHARED = 0x9e, NO_WILDCARDS = 0xa2;

export interface BrokerLimits extends Limits {
  readonly wildcards: boolean;
  readonly shared: boolean;
  /** Whether messages carry the identifiers of their subscriptions. */
  readonly identifiers: boolean;
}

/** The properties of CONNACK that limit us. */
export interface ConnackLimits {
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly maximumQoS?: number;
  readonly retainAvailable?: boolean;
  readonly wildcardSubscriptionAvailable?: boolean;
  readonly sharedSubscriptionAvailable?: boolean;
  readonly subscriptionIdentifiersAvailable?: boolean;
}

/** @param hasStatus The status message takes one place of the Receive Maximum. */
export function limitsOf(
  properties: ConnackLimits = {},
  version: 4 | 5,
  hasStatus: boolean,
): BrokerLimits {
  const { receiveMaximum = MAX_RECEIVE, maximumPacketSize = MAX_PACKET_BYTES, maximumQoS } =
    properties;
  return {
    receiveMaximum: Math.max(1, receiveMaximum - (hasStatus ? 1 : 0)),
    maximumPacketBytes: maximumPacketSize,
    maximumQos: maximumQoS === 0 || maximumQoS === 1 ? maximumQoS : 2,
    retains: properties.retainAvailable !== false,
    wildcards: properties.wildcardSubscriptionAvailable !== false,
    shared: properties.sharedSubscriptionAvailable !== false,
    // Available unless CONNACK says otherwise [MQTT-3.2.2.3.12].
    identifiers: version === 5 && properties.subscriptionIdentifiersAvailable !== false,
  };
}

/** The code of a refusal that a broker would close the connection for; undefined: allowed. */
export function forbids(limits: BrokerLimits, filter: string): number | undefined {
  if (!limits.shared && isShared(filter)) return NO_SHARED;
  if (!limits.wildcards && /[+#]/.test(filter)) return NO_WILDCARDS;
  return PACKET_BYTES + bytesOf(filter) > limits.maximumPacketBytes ? TOO_LARGE : undefined;
}

/** Divides filters into as many packets as the broker wants. */
export function intoPackets<T>(
  all: readonly T[],
  filterOf: (item: T) => string,
  { maximumPacketBytes }: Pick<BrokerLimits, "maximumPacketBytes">,
): T[][] {
  const packets: T[][] = [];
  let bytes = Infinity;
  for (const item of all) {
    const more = bytesOf(filterOf(item));
    bytes += more;
    if (packets.at(-1)?.length === MAX_FILTERS || bytes > maximumPacketBytes) {
      packets.push([]);
      bytes = PACKET_BYTES + more;
    }
    packets.at(-1)!.push(item);
  }
  return packets;
}

function bytesOf(filter: string): number {
  return FILTER_BYTES + new TextEncoder().encode(filter).length;
}
