/** Makes a subscribed connection, with as many features as the broker allows. */

import { qosOf } from "../config/subscription_options.ts";
import type { Clock } from "../system/clock.ts";
import type { Session } from "./packet_handler.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { end, NO_SESSION, open } from "./connection.ts";
import { isOldForm } from "./packets/properties.ts";
import {
  AnswerTimeout,
  brokerError,
  ConnectionClosed,
  ConnectRefusal,
  VERSION_REFUSED,
} from "./transport/connection_errors.ts";
import { subscribe, SubscriptionError } from "./subscription.ts";
import { planSubscriptions } from "./subscription_plan.ts";

/** Time limit for CONNACK of MQTT 3.1.1 after a broker was silent to MQTT 5. */
const OLDER_TIMEOUT_MS = 2_000;

/** A connection that is not subscribed yet. */
type Opened = Omit<Connection, "refused">;

/**
 * Connects with MQTT 5, or 3.1.1 if the broker refuses it, and subscribes. The result lists refused
 * filters: a recording goes on with the others.
 *
 * @param known Version that the broker has spoken before.
 * @param early Resolves when a backlog fills the queue before SUBACK: the connection is returned
 * without it, so that batches can be taken.
 * @throws {BrokerError} The broker cannot be reached, or refuses. Whatever `signal` aborts with.
 */
export async function establish(
  options: ConnectOptions,
  session: Session,
  known?: 4 | 5,
  signal?: AbortSignal,
  early: Promise<void> = new Promise(() => {}),
): Promise<Connection> {
  const opened = await openKept(options, session, known, signal);
  // An earlier attempt may have found no session and left this empty one.
  const resumed = opened.resumed && !session.lost;
  session.copies?.connected(resumed);
  const filters = options.topics.map((topic) => ({ topic, qos: qosOf(options, topic) }));
  const { ambiguous } = planSubscriptions(filters, opened.limits.identifiers);
  const connection = { ...opened, resumed, ambiguous };
  session.retainedCopies?.subscribing();
  // The window and queue of MQTT 3.1.1 hold only some of the retained messages.
  const small = connection.version === 4 && options.retained === "only" && !options.qosGiven;
  const subscribing = subscribe(connection, small ? { ...options, qos: 0 } : options, signal);
  // After SUBACK: a broker that forbids the status may close the connection.
  void subscribing.then(() => options.status?.announce(connection), () => {});
  try {
    const refused = await Promise.race([subscribing, early]);
    session.lost = false;
    if (refused) return { ...connection, refused };
    subscribing.catch(() => connection.gate.destroy());
    return { ...connection, refused: [], subscribing };
  } catch (error) {
    if (signal?.aborted) await leaveAsFound(connection, options.clock);
    connection.gate.destroy();
    connection.client.end(true);
    const { status } = options;
    if (!(error instanceof SubscriptionError) || !status?.omitOnce()) throw error;
    // The broker may have closed because of the will, not because of SUBSCRIBE.
    try {
      return await establish(options, session, connection.version, signal, early);
    } catch {
      status.restore();
      throw error;
    }
  }
}

/** Disconnects; keeps a session that existed before, deletes one that is new. */
export async function leaveAsFound(connection: Opened, clock: Clock): Promise<void> {
  const { client } = connection;
  // npm:mqtt would wait for their answers before it sends DISCONNECT.
  for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id));
  await end(
    connection,
    clock,
    connection.version === 5 && !connection.resumed ? NO_SESSION : undefined,
  );
  connection.gate.destroy();
}

/** Connects with the status as will; without it if the broker refuses the will. */
async function openKept(
  options: ConnectOptions,
  session: Session,
  known: 4 | 5 | undefined,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const { status } = options;
  const connects = (options: ConnectOptions) =>
    openEither(options, session, known, signal).then(
      (connection) => leaveAsFound(connection, options.clock).then(() => true),
      () => false,
    );
  for (;;) {
    try {
      return await openEither(options, session, known, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (status?.reduce(error)) continue;
      if (!status?.isSuspect(error)) throw brokerError(options, error);
      if (!await connects({ ...options, status: undefined })) throw brokerError(options, error);
      // A broker that has only just come back accepts the will now.
      if (!await connects(options)) status.giveUp(error);
      if (signal?.aborted) throw signal.reason;
    }
  }
}

async function openEither(
  options: ConnectOptions,
  session: Session,
  known: 4 | 5 | undefined,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const version = known ?? options.mqttVersion ?? 5;
  try {
    return await open(options, session, version, false, signal);
  } catch (error) {
    if (signal?.aborted || version === 4 || options.mqttVersion !== undefined) throw error;
    if (!refusesVersion(error, known)) throw error;
    // A broker that answers 3.1.1 answers at once.
    const timeoutMs = error instanceof AnswerTimeout ? OLDER_TIMEOUT_MS : undefined;
    const opened = await open(options, session, 4, false, signal, timeoutMs);
    return { ...opened, unanswered5: isUnanswered(error) };
  }
}

/** Whether a broker that was asked for MQTT 5 may know only 3.1.1. */
export function refusesVersion(error: unknown, known: 4 | 5 | undefined): boolean {
  if (error instanceof ConnectRefusal) return VERSION_REFUSED.has(error.code);
  if (isOldForm(error)) return true;
  // Old brokers close on MQTT 5, or are silent; one known to speak it is starting or stopping.
  return known === undefined && isUnanswered(error);
}

/** Whether CONNECT was sent and got no answer. */
function isUnanswered(error: unknown): boolean {
  return error instanceof ConnectionClosed ||
    error instanceof AnswerTimeout && error.step === "CONNECT";
}
