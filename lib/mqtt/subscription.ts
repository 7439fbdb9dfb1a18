/** Subscribes, and knows which filters the broker does not deliver as asked. */

import { qosOf } from "../config/subscription_options.ts";
import { BrokerError } from "../locale/errors.ts";
import type { Connection, ConnectOptions } from "./connection.ts";
import { brokerError, ConnectionClosed, inTime } from "./transport/connection_errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { QoS } from "../message/message.ts";

/** A filter that the broker does not deliver as asked. */
export interface Refusal {
  readonly topic: string;
  /** QoS it was asked for. */
  readonly asked: QoS;
  /** QoS it grants instead; undefined: it refuses. */
  readonly granted: QoS | undefined;
  /** The code it answered with. */
  readonly code: number;
}

/** The error for a filter that is not delivered as asked. */
export function refusalError({ topic, asked, granted, code }: Refusal): BrokerError {
  const say = (t: Sentences) =>
    granted === undefined
      ? t.subscriptionRefused(topic, code)
      : t.subscriptionDowngraded(topic, asked, granted);
  return new BrokerError(say, { final: true });
}

/**
 * Subscribes to every filter and checks every answer: a refused one raises no event of its own.
 *
 * @returns The filters that are not granted as asked.
 * @throws {BrokerError} The broker does not answer. Whatever `signal` aborts with.
 */
export async function subscribe(
  { client, gate, version, closed }: Omit<Connection, "refused">,
  options: ConnectOptions,
  signal?: AbortSignal,
): Promise<Refusal[]> {
  const { topics, clock, formerTopics = [] } = options;
  const codes = new Map<string, number>();
  const received = () => gate.progress;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  aborted.catch(() => {}); // Perhaps nobody waits any more.
  try {
    // npm:mqtt would wait for as long as the connection lasts, and for the next one after that.
    const lost = closed.then((cause) => Promise.reject(new ConnectionClosed(cause)));
    const others = formerTopics.filter((topic) => !topics.includes(topic));
    if (others.length > 0) {
      await inTime(clock, Promise.race([client.unsubscribeAsync(others), lost, aborted]), received);
    }
    // A subscription that the session still has brings its retained messages no second time.
    // [MQTT-3.8.3.1]: 2 asks for no retained messages at all.
    const rh = options.retained === "none" ? 2 : 1;
    const how = (qos: QoS) => version === 5 ? { qos, rh } : { qos };
    const asked = topics.map((topic) => [topic, how(qosOf(options, topic))]);
    const granted = client.subscribeAsync(Object.fromEntries(asked));
    for (
      const { topic, qos } of await inTime(clock, Promise.race([granted, lost, aborted]), received)
    ) {
      codes.set(topic, qos);
    }
  } catch (error) {
    // npm:mqtt rejects when any filter is refused, and hangs the SUBACK on its error.
    const { packet } = error as { packet?: { granted?: readonly number[] } };
    if (signal?.aborted) throw signal.reason;
    if (packet?.granted === undefined) throw brokerError(options, error);
    for (const [i, topic] of topics.entries()) codes.set(topic, packet.granted[i] ?? 0x80);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return topics.map((topic) => ({ topic, code: codes.get(topic) ?? 0x80 }))
    .filter(({ topic, code }) => code < qosOf(options, topic) || code >= 0x80)
    .map(({ topic, code }) => ({
      topic,
      code,
      asked: qosOf(options, topic),
      granted: code < 0x80 ? code as QoS : undefined,
    }));
}
