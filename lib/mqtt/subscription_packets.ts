/** SUBSCRIBE and UNSUBSCRIBE, and the answers to them. */

import type { Clock } from "../system/clock.ts";
import { intoPackets } from "./broker_limits.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import type { Subscription } from "./subscription_plan.ts";
import type { BrokerReason } from "./transport/broker_reason.ts";

/** Retain Handling [MQTT-3.8.3.1]: no retained messages, or only for a new subscription. */
const NO_RETAINED = 2, RETAINED_ONCE = 1;
/** A SUBACK later than this may have been dropped: see `persist`. */
const ASK_AGAIN_MS = 2_000;

/** What a SUBACK says: a code for each filter, and why it refuses. */
interface Answer {
  readonly codes: readonly number[];
  readonly reason?: BrokerReason | undefined;
}

/** Unsubscribes; resolves when every packet is answered. */
export async function unsubscribe(
  { client, limits }: Pick<Connection, "client" | "limits">,
  topics: readonly string[],
): Promise<void> {
  const parts = intoPackets([...new Set(topics)], (topic) => topic, limits);
  await Promise.all(parts.map((part) => client.unsubscribeAsync(part)));
}

/**
 * Subscribes in this order, until `over` aborts.
 *
 * @returns The reason code of each, and what its SUBACK says.
 */
export async function requestSubscriptions(
  { client, gate, version, copies, limits }: Omit<Connection, "refused">,
  { retained, clock }: ConnectOptions,
  subscriptions: readonly Subscription[],
  over: AbortSignal,
): Promise<(readonly [Subscription, number, BrokerReason | undefined])[]> {
  copies?.plan(subscriptions);
  const packets: Subscription[][] = [];
  // An identifier holds for a whole packet [MQTT-3.8.2.1.2].
  for (const subscription of subscriptions) {
    if (subscription.identifier !== undefined) packets.push([subscription]);
  }
  for (const qos of [2, 1, 0]) {
    const plain = subscriptions.filter((s) => s.qos === qos && !s.identifier);
    packets.push(...intoPackets(plain, ({ topic }) => topic, limits));
  }
  gate.expectSubacks(packets.length);
  const answers = packets.map(async (packet) => {
    const [{ qos, identifier }] = packet as [Subscription];
    const request = async (): Promise<Answer> => {
      const granted = client.subscribeAsync(packet.map(({ topic }) => topic), {
        qos,
        ...version === 5 && { rh: retained === "none" ? NO_RETAINED : RETAINED_ONCE },
        ...identifier !== undefined && { properties: { subscriptionIdentifier: identifier } },
      });
      const id = client.getLastMessageId();
      gate.expectCodes(id, packet.length);
      if (identifier !== undefined) copies?.subscribing(id, identifier);
      return await granted.then((grants) => ({ codes: grants.map(({ qos }) => qos) }), refusedOf);
    };
    const { codes, reason } = await persist(request, { client, gate }, clock, over);
    return packet.map((subscription, i) => [subscription, codes[i] ?? 0x80, reason] as const);
  });
  return (await Promise.all(answers)).flat();
}

/**
 * Requests again while the broker answers nothing but a later PINGREQ: Mosquitto drops a SUBACK, too,
 * while more packets wait for a client than it queues, as those of a resumed session may
 * (https://github.com/eclipse-mosquitto/mosquitto/issues/3542).
 */
async function persist(
  request: () => Promise<Answer>,
  { client, gate }: Pick<Connection, "client" | "gate">,
  clock: Clock,
  over: AbortSignal,
): Promise<Answer> {
  const answered = new AbortController();
  const signal = AbortSignal.any([over, answered.signal]);
  const requests = new Map<number, Promise<Answer>>();
  try {
    for (;;) {
      const latest = request();
      latest.catch(() => {}); // The race below may be over.
      requests.set(client.getLastMessageId(), latest);
      const pinged = clock.sleep(ASK_AGAIN_MS, signal).then(() => gate.confirmed(signal));
      const first = await Promise.race([...requests.values(), pinged]);
      if (typeof first !== "boolean") return first;
      if (!first) return await Promise.race(requests.values()); // The connection has ended.
    }
  } finally {
    answered.abort();
    // npm:mqtt would wait for their answers before it sends DISCONNECT.
    if (!over.aborted) { for (const id of requests.keys()) client.removeOutgoingMessage(id); }
  }
}

/** A refused SUBSCRIBE, as npm:mqtt rejects it. */
interface SubackError {
  readonly packet?: { readonly granted?: readonly number[]; readonly properties?: BrokerReason };
}

/** npm:mqtt rejects if any filter is refused; its error holds the SUBACK. */
function refusedOf(error: SubackError): Answer {
  const { packet } = error;
  if (packet?.granted === undefined) throw error;
  return { codes: packet.granted, reason: packet.properties };
}
