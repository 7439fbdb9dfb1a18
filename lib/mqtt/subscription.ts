/** Subscribes, and finds the filters that the broker refuses or downgrades. */

import { qosOf } from "../config/subscription_options.ts";
import { BrokerError, describeCause } from "../locale/errors.ts";
import { forbids } from "./broker_limits.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import {
  AnswerTimeout,
  brokerError,
  codeOf,
  CONNECT_TIMEOUT_MS,
  ConnectionClosed,
  isSilent,
} from "./transport/connection_errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { QoS } from "../message/message.ts";
import { deadline, TimeoutError } from "../system/deadline.ts";
import type { BrokerReason } from "./transport/broker_reason.ts";
import type { Refusal } from "./subscription_answers.ts";
import { requestSubscriptions, unsubscribe } from "./subscription_packets.ts";
import { type Filter, planSubscriptions, type Subscription } from "./subscription_plan.ts";

/** The broker closed the connection on SUBSCRIBE. */
export class SubscriptionError extends BrokerError {}

/**
 * Codes that have nothing to do with SUBSCRIBE: the broker stops, is busy, or timed out, which
 * Windows calls ECONNABORTED.
 */
const OTHER_ENDS = new Set<unknown>([
  "0x88",
  "0x89",
  "0x8b",
  "0x8d",
  "0x8e",
  "0x98",
  "ETIMEDOUT",
  "ECONNABORTED",
  "EPROTO",
]);

/**
 * Subscribes to every filter that no other one covers, and checks every answer. For a refused
 * filter it subscribes to those that it covered. A second call requests only refused filters.
 *
 * @returns The filters that are refused, or granted with a lower QoS.
 * @throws {BrokerError} The broker does not answer. Whatever `signal` aborts with.
 */
export async function subscribe(
  connection: Omit<Connection, "refused">,
  options: ConnectOptions,
  signal?: AbortSignal,
): Promise<Refusal[]> {
  const { gate, closed, answers, limits } = connection;
  const { topics, clock, formerTopics = [] } = options;
  const received = () => gate.progress;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  aborted.catch(() => {}); // The race below may be over.
  const over = new AbortController();
  // npm:mqtt waits for SUBACK without a time limit, even across connections.
  const lost = closed.then((cause) => Promise.reject(new ConnectionClosed(cause)));
  const answered = <T>(promise: Promise<T>) =>
    deadline(Promise.race([promise, lost, aborted]), CONNECT_TIMEOUT_MS, clock, received);
  const codes = new Map<string, number>();
  const reasons = new Map<string, BrokerReason | undefined>();
  for (const topic of topics) {
    const code = forbids(limits, topic);
    if (code !== undefined) codes.set(topic, code);
  }
  // A filter granted with a lower QoS covers only filters of that QoS.
  const asked = (topic: string): Filter => ({
    topic,
    qos: Math.min(codes.get(topic) ?? 2, qosOf(options, topic)) as QoS,
  });
  // The session may hold filters that are no longer wanted, or covered by others now.
  const former = answers.asked ? [] : [...formerTopics, ...connection.resumed ? topics : []];
  try {
    let unwanted = former.filter((topic) => !topics.includes(topic));
    for (;;) {
      const possible = topics.filter((topic) => !isRefusal(codes.get(topic))).map(asked);
      const { subscriptions } = planSubscriptions(possible, limits.identifiers);
      const missing = subscriptions.filter((wanted) => !isSame(answers.granted, wanted));
      // A filter refused before is requested alone: the others keep their identifiers.
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
        await answered(unlessClosed(unsubscribe(connection, held)));
        for (const topic of held) answers.granted.delete(topic);
        break;
      }
      const asking = unlessClosed(
        requestSubscriptions(
          connection,
          options,
          again.length > 0 ? again : missing,
          over.signal,
        ),
      );
      // UNSUBSCRIBE follows SUBSCRIBE, so that no message which both match is missed.
      const leaving = unlessClosed(unsubscribe(connection, unwanted));
      unwanted = [];
      const [granted] = await answered(Promise.all([asking, leaving]));
      for (const [{ topic, identifier }, code, reason] of granted) {
        reasons.set(topic, reason);
        codes.set(topic, isRefusal(code) ? code : Math.min(code, codes.get(topic) ?? 2));
        if (isRefusal(code)) answers.granted.delete(topic);
        else answers.granted.set(topic, { topic, qos: code as QoS, identifier });
      }
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw subscribeError(options, error);
  } finally {
    over.abort();
    signal?.removeEventListener("abort", abort);
  }
  const refused = topics.filter((topic) => {
    const code = codes.get(topic);
    return code !== undefined && (isRefusal(code) || code < qosOf(options, topic));
  }).map((topic): Refusal => {
    const code = codes.get(topic)!;
    const granted = isRefusal(code) ? undefined : code as QoS;
    const reason = reasons.get(topic);
    return { topic, code, asked: qosOf(options, topic), granted, ...reason && { reason } };
  });
  answers.asked = true;
  answers.refused.clear();
  for (const { topic } of refused) answers.refused.add(topic);
  return refused;
}

/** Never rejects: npm:mqtt does so when the connection ends, and `closed` knows why. */
function unlessClosed<T>(answer: Promise<T>): Promise<T> {
  return answer.catch(() => new Promise(() => {}));
}

function isSame(granted: ReadonlyMap<string, Subscription>, wanted: Subscription): boolean {
  const has = granted.get(wanted.topic);
  return has?.qos === wanted.qos && has.identifier === wanted.identifier;
}

function isRefusal(code: number | undefined): boolean {
  return code !== undefined && code >= 0x80;
}

function subscribeError(options: ConnectOptions, error: unknown): BrokerError {
  if (error instanceof TimeoutError) error = new AnswerTimeout("SUBSCRIBE");
  if (!(error instanceof ConnectionClosed)) return brokerError(options, error);
  const { cause } = error;
  if (OTHER_ENDS.has(codeOf(cause))) return brokerError(options, cause);
  const topics = options.topics.join(", ");
  const say = (t: Sentences) =>
    t.connect.closedAtSubscribe(topics, isSilent(cause) ? undefined : describeCause(cause, t));
  return new SubscriptionError(say, { cause: error });
}
