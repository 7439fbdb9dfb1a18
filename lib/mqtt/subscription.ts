/** Subscribes, and knows which filters the broker does not deliver as asked. */

import type { MqttClient } from "mqtt";
import { qosOf } from "../config/subscription_options.ts";
import { BrokerError, describeCause } from "../locale/errors.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import {
  brokerError,
  codeOf,
  CONNECT_TIMEOUT_MS,
  ConnectionClosed,
  isSilent,
} from "./transport/connection_errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { QoS } from "../message/message.ts";
import { deadline } from "../system/deadline.ts";
import type { Refusal } from "./subscription_answers.ts";
import { type Filter, planSubscriptions, type Subscription } from "./subscription_plan.ts";

/** The most filters in one packet: more of them make AWS IoT Core hang up. */
const MAX_FILTERS = 8;
/** [MQTT-3.8.3.1]: retained messages not at all; only with a subscription that is new. */
const NO_RETAINED = 2, RETAINED_ONCE = 1;

/** The broker closed the connection when it was asked for the filters. */
export class SubscriptionError extends BrokerError {}

/** Codes of what ends a connection for other reasons: it stops, is busy, or heard nothing. */
const OTHER_ENDS = new Set<unknown>([
  "0x88",
  "0x89",
  "0x8b",
  "0x8d",
  "0x8e",
  "0x98",
  "ETIMEDOUT",
  "EPROTO",
]);

/**
 * Subscribes to every filter that no other one covers, and checks every answer: a refused one
 * raises no event of its own, and makes way for those that it covers. Called again, asks only for
 * what was refused.
 *
 * @returns The filters that are not granted as asked.
 * @throws {BrokerError} The broker does not answer. Whatever `signal` aborts with.
 */
export async function subscribe(
  connection: Omit<Connection, "refused">,
  options: ConnectOptions,
  signal?: AbortSignal,
): Promise<Refusal[]> {
  const { gate, closed, answers } = connection;
  const { topics, clock, formerTopics = [] } = options;
  const received = () => gate.progress;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  aborted.catch(() => {}); // Perhaps nobody waits any more.
  // npm:mqtt would wait for as long as the connection lasts, and for the next one after that.
  const lost = closed.then((cause) => Promise.reject(new ConnectionClosed(cause)));
  const answered = <T>(promise: Promise<T>) =>
    deadline(Promise.race([promise, lost, aborted]), CONNECT_TIMEOUT_MS, clock, received);
  const codes = new Map<string, number>();
  // What it was refused, or grants for less, covers nothing more.
  const asked = (topic: string): Filter => ({
    topic,
    qos: Math.min(codes.get(topic) ?? 2, qosOf(options, topic)) as QoS,
  });
  // The session may hold filters that nobody wants any more, and those that others cover now.
  const former = answers.asked ? [] : [...formerTopics, ...connection.resumed ? topics : []];
  try {
    let unwanted = former.filter((topic) => !topics.includes(topic));
    for (;;) {
      const possible = topics.filter((topic) => !isRefusal(codes.get(topic))).map(asked);
      const { subscriptions } = planSubscriptions(possible, connection.identifiers);
      const missing = subscriptions.filter((wanted) => !isSame(answers.granted, wanted));
      // One that was refused before is asked for alone: the others go on under their identifiers.
      const again = missing.filter(({ topic }) => answers.refused.has(topic) && !codes.has(topic))
        .map((wanted) => ({
          ...wanted,
          identifier: answers.granted.get(wanted.topic)?.identifier,
        }));
      if (missing.length === 0) {
        const held = [...former, ...answers.granted.keys()].filter((topic) =>
          possible.some((wanted) => wanted.topic === topic) &&
          !subscriptions.some((wanted) => wanted.topic === topic)
        );
        await answered(unsubscribe(connection.client, held));
        for (const topic of held) answers.granted.delete(topic);
        break;
      }
      const asking = request(connection, options, again.length > 0 ? again : missing);
      // Behind SUBSCRIBE, so that nothing which both match is missed between the two.
      const leaving = unsubscribe(connection.client, unwanted);
      unwanted = [];
      const [granted] = await answered(Promise.all([asking, leaving]));
      for (const [{ topic, identifier }, code] of granted) {
        codes.set(topic, isRefusal(code) ? code : Math.min(code, codes.get(topic) ?? 2));
        if (isRefusal(code)) answers.granted.delete(topic);
        else answers.granted.set(topic, { topic, qos: code as QoS, identifier });
      }
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw subscribeError(options, error);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  const refused = topics.filter((topic) => {
    const code = codes.get(topic);
    return code !== undefined && (isRefusal(code) || code < qosOf(options, topic));
  }).map((topic): Refusal => {
    const code = codes.get(topic)!;
    const granted = isRefusal(code) ? undefined : code as QoS;
    return { topic, code, asked: qosOf(options, topic), granted };
  });
  answers.asked = true;
  answers.refused.clear();
  for (const { topic } of refused) answers.refused.add(topic);
  return refused;
}

/** Unsubscribes from all of these; resolves with the answers. */
export async function unsubscribe(client: MqttClient, topics: readonly string[]): Promise<void> {
  const parts = chunks([...new Set(topics)]);
  await Promise.all(parts.map((part) => client.unsubscribeAsync(part)));
}

/** Asks for all of these, in their order; resolves with the broker's codes. */
async function request(
  { client, gate, version, copies }: Omit<Connection, "refused">,
  { retained }: ConnectOptions,
  subscriptions: readonly Subscription[],
): Promise<(readonly [Subscription, number])[]> {
  copies?.plan(subscriptions);
  const packets: Subscription[][] = [];
  // An identifier is the whole packet's [MQTT-3.8.2.1.2].
  for (const subscription of subscriptions) {
    if (subscription.identifier !== undefined) packets.push([subscription]);
  }
  for (const qos of [2, 1, 0]) {
    packets.push(...chunks(subscriptions.filter((s) => s.qos === qos && !s.identifier)));
  }
  gate.asks(packets.length);
  const answers = packets.map(async (packet) => {
    const [{ qos, identifier }] = packet as [Subscription];
    const granted = client.subscribeAsync(packet.map(({ topic }) => topic), {
      qos,
      ...version === 5 && { rh: retained === "none" ? NO_RETAINED : RETAINED_ONCE },
      ...identifier !== undefined && { properties: { subscriptionIdentifier: identifier } },
    });
    if (identifier !== undefined) copies?.asks(client.getLastMessageId(), identifier);
    const codes = await granted.then((grants) => grants.map(({ qos }) => qos), codesOf);
    return packet.map((subscription, i) => [subscription, codes[i] ?? 0x80] as const);
  });
  return (await Promise.all(answers)).flat();
}

/** npm:mqtt rejects when any filter is refused, and hangs the SUBACK on its error. */
function codesOf(error: { readonly packet?: { readonly granted?: readonly number[] } }) {
  if (error.packet?.granted === undefined) throw error;
  return error.packet.granted;
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from(
    { length: Math.ceil(all.length / MAX_FILTERS) },
    (_, i) => all.slice(i * MAX_FILTERS, (i + 1) * MAX_FILTERS),
  );
}

function isSame(granted: ReadonlyMap<string, Subscription>, wanted: Subscription): boolean {
  const has = granted.get(wanted.topic);
  return has?.qos === wanted.qos && has.identifier === wanted.identifier;
}

function isRefusal(code: number | undefined): boolean {
  return code !== undefined && code >= 0x80;
}

function subscribeError(options: ConnectOptions, error: unknown): BrokerError {
  if (!(error instanceof ConnectionClosed)) return brokerError(options, error);
  const { cause } = error;
  if (OTHER_ENDS.has(codeOf(cause))) return brokerError(options, cause);
  const topics = options.topics.join(", ");
  const say = (t: Sentences) =>
    t.connect.closedAtSubscribe(topics, isSilent(cause) ? undefined : describeCause(cause, t));
  return new SubscriptionError(say, { cause: error });
}
