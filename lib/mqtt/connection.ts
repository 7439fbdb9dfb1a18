/**
 * One connection to the broker, from TCP to the granted subscriptions. Only importer of npm:mqtt.
 */

import type { IConnackPacket } from "mqtt";
import { AckGate } from "./ack_gate.ts";
import { limitsOf, MAX_RECEIVE } from "./broker_limits.ts";
import type { Session } from "./packet_handler.ts";
import type { Clock } from "../system/clock.ts";
import { deadline, TimeoutError } from "../system/deadline.ts";
import { StateError } from "../locale/errors.ts";
import {
  AnswerTimeout,
  CONNECT_TIMEOUT_MS,
  ConnectionClosed,
  ConnectRefusal,
} from "./transport/connection_errors.ts";
import { ServerDisconnect } from "./transport/broker_reason.ts";
import { foreignIds } from "./packets/packet_ids.ts";
import { withoutEnv } from "../system/environment.ts";
import { Answers } from "./subscription_answers.ts";
import { connectTransport } from "./transport/mod.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";

const END_TIMEOUT_MS = 500;

/** Reason code of a DISCONNECT: another client connected with our client id [MQTT-3.1.4-3]. */
const TAKEN_OVER = 0x8e;

/** Properties of a DISCONNECT that deletes the session [MQTT-3.14.2.2.2]. */
export const NO_SESSION = { sessionExpiryInterval: 0 };

/** Sends DISCONNECT and closes; gives up on a broker that does not read it. */
export async function end(
  { client }: Pick<Connection, "client">,
  clock: Clock,
  properties?: { sessionExpiryInterval: number },
): Promise<void> {
  // npm:mqtt waits for the broker to close the connection, which a stuck one never does
  // (https://github.com/mqttjs/MQTT.js/issues/710).
  const ended = client.endAsync(false, properties ? { properties } : {});
  await deadline(ended, END_TIMEOUT_MS, clock).catch(() => {});
}

/**
 * Connects; `clean` deletes the previous session and keeps none.
 *
 * @param timeoutMs Time limit for CONNACK.
 */
export async function open(
  options: ConnectOptions,
  session: Session,
  version: 4 | 5,
  clean: boolean,
  signal?: AbortSignal,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<Omit<Connection, "refused">> {
  const { clientId, sessionExpiryS = 3600, keepaliveS = 30, username, password, status } = options;
  const { MqttClient } = await withoutEnv(() => import("mqtt"));
  const byteStream = await connectTransport(options, options.clock, signal);
  const gate = new AckGate(byteStream, session, version);
  const client = new MqttClient(() => gate as never, {
    protocolVersion: version,
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.reveal() }),
    // A session of MQTT 3.1.1 is kept for ever, or ends with the connection.
    clean: clean || version === 4 && sessionExpiryS === 0,
    ...(version === 5 && {
      properties: {
        receiveMaximum: MAX_RECEIVE,
        sessionExpiryInterval: clean ? 0 : sessionExpiryS,
      },
    }),
    ...(!clean && status?.will && { will: status.will }),
    keepalive: keepaliveS,
    // One client for each connection: backoff, protocol fallback and subscriptions are ours.
    reconnectPeriod: 0,
    // Ours below comes first, and has a sentence.
    connectTimeout: 2 * CONNECT_TIMEOUT_MS,
    manualConnect: true,
    resubscribe: false,
    messageIdProvider: foreignIds(),
    queueQoSZero: false,
    // Without this npm:mqtt formats every debug line, even if none is printed.
    log: () => {},
  });
  const outcome = Promise.withResolvers<IConnackPacket>();
  const closed = Promise.withResolvers<unknown>();
  let reason: unknown;
  let connack: IConnackPacket | undefined;
  // The error of npm:mqtt leaves out the properties of CONNACK.
  client.on("packetreceive", (packet) => {
    if (packet.cmd === "connack") connack ??= packet;
  });
  client.on("connect", (packet) => outcome.resolve(packet));
  client.on("error", (error) => {
    const { code } = error as { code?: unknown };
    const stated = stateOf(error);
    reason ??= stated;
    outcome.reject(
      typeof code === "number" ? new ConnectRefusal(code, connack?.properties) : stated,
    );
    gate.destroy();
  });
  client.on("disconnect", (packet) => {
    const { reasonCode = 0 } = packet;
    const ours = reasonCode === TAKEN_OVER && options.isProvoked?.();
    reason = ours
      ? new StateError("ECONNRESET")
      : new ServerDisconnect(reasonCode, packet.properties);
    // The broker sends nothing after DISCONNECT, even if it does not close [MQTT-3.14.4-1].
    gate.destroy();
  });
  gate.on("error", (error) => reason ??= error);
  gate.on("close", () => {
    closed.resolve(reason);
    outcome.reject(new ConnectionClosed(reason));
  });
  const abort = () => outcome.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  client.connect();
  try {
    const { sessionPresent, properties } = await deadline(
      outcome.promise,
      timeoutMs,
      options.clock,
    );
    return {
      client,
      gate,
      version,
      resumed: sessionPresent === true,
      limits: limitsOf(properties, version, status !== undefined),
      grantedExpiryS: properties?.sessionExpiryInterval,
      answers: new Answers(),
      copies: session.copies,
      closed: closed.promise,
    };
  } catch (error) {
    gate.destroy();
    client.end(true);
    throw error instanceof TimeoutError ? new AnswerTimeout("CONNECT") : error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * An error with a sentence, for one of npm:mqtt: errors of the stream and of the gate have a code
 * of the system, its own are about the packets it was sent.
 */
function stateOf(error: Error & { readonly code?: unknown }): Error {
  if (error.message === "Keepalive timeout") return new StateError("ETIMEDOUT");
  return typeof error.code === "string" ? error : new StateError("EPROTO");
}
