/** Makes a connection that is subscribed, with as much as the broker allows. */

import { qosOf } from "../config/subscription_options.ts";
import type { Clock } from "../system/clock.ts";
import type { Session } from "./packet_handler.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { end, NO_SESSION, open } from "./connection.ts";
import {
  brokerError,
  ConnectionClosed,
  ConnectRefusal,
  VERSION_REFUSED,
} from "./transport/connection_errors.ts";
import { subscribe, SubscriptionError } from "./subscription.ts";
import { planSubscriptions } from "./subscription_plan.ts";

/** A connection that is not subscribed yet. */
type Opened = Omit<Connection, "refused">;

/**
 * Connects with MQTT 5, 3.1.1 where that is refused, and subscribes. A filter that is refused or
 * granted with less is told in the result: who has been recording goes on with the others.
 *
 * @param known Version that the broker has spoken before.
 * @param early Resolves when the answer to SUBSCRIBE is not to be waited for: a backlog comes in
 * front of it, and must be taken.
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
  // One that was there without its session left an empty one for the next to find.
  const resumed = opened.resumed && !session.lost;
  session.copies?.connected(resumed);
  const filters = options.topics.map((topic) => ({ topic, qos: qosOf(options, topic) }));
  const { ambiguous } = planSubscriptions(filters, opened.identifiers);
  const connection = { ...opened, resumed, ambiguous };
  session.retainedCopies?.subscribing();
  // The small window of MQTT 3.1.1, and a queue behind it, take only some of the retained messages.
  const small = connection.version === 4 && options.retained === "only" && !options.qosGiven;
  const subscribing = subscribe(connection, small ? { ...options, qos: 0 } : options, signal);
  // Not before the answer: a broker that forbids the status may close the connection.
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
    if (!(error instanceof SubscriptionError) || !status?.setAside()) throw error;
    // The will, not SUBSCRIBE, may have made the broker close the connection.
    try {
      return await establish(options, session, connection.version, signal, early);
    } catch {
      status.takeUp();
      throw error;
    }
  }
}

/** A session with messages of an earlier run stays, one that was just made goes. */
export async function leaveAsFound(connection: Opened, clock: Clock): Promise<void> {
  const { client } = connection;
  // npm:mqtt would wait for the answer before it says goodbye.
  for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id));
  await end(
    connection,
    clock,
    connection.version === 5 && !connection.resumed ? NO_SESSION : undefined,
  );
  connection.gate.destroy();
}

/** Connects with the status as will; without it where that is what the broker does not take. */
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
      if (status?.gaveUp(error)) continue;
      if (!status?.isSuspect(error)) throw brokerError(options, error);
      if (!await connects({ ...options, status: undefined })) throw brokerError(options, error);
      // It may just have come back: then it takes the will as well.
      if (!await connects(options)) status.leaveOut(error);
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
    // Old brokers hang up on MQTT 5; one that has spoken it is stopping, or not quite there yet.
    const refused = error instanceof ConnectRefusal && VERSION_REFUSED.has(error.code) ||
      error instanceof ConnectionClosed && known === undefined;
    if (signal?.aborted || version === 4 || options.mqttVersion !== undefined || !refused) {
      throw error;
    }
    return await open(options, session, 4, false, signal);
  }
}
