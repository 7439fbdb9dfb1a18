/** A short look at the topics of a broker, over a second connection; nothing of it is recorded. */

import { BrokerError } from "../locale/errors.ts";
import { intoPackets } from "../mqtt/broker_limits.ts";
import type { ConnectOptions } from "../mqtt/connect_options.ts";
import { end, open } from "../mqtt/connection.ts";
import { refusesVersion } from "../mqtt/establish.ts";
import { Inbox } from "../mqtt/inbox.ts";
import type { Session } from "../mqtt/packet_handler.ts";
import { isTakenForMain, type MainConnection, secondOptions } from "../mqtt/second_connection.ts";
import { brokerError } from "../mqtt/transport/connection_errors.ts";
import { deadline } from "../system/deadline.ts";

/** How long a look takes, in milliseconds, and after how many messages it ends before. */
export const LOOK_MS = 2_000;
const MAX_MESSAGES = 500;
/** Time limit for SUBACK, in milliseconds. */
const SUBSCRIBE_MS = 5_000;
/** `rh` of a subscription that gets no retained messages [MQTT-3.8.3.1]. */
const NO_RETAINED = 2;

/** What came during a look. */
export interface Seen {
  /** Messages by topic, retained ones left out. */
  readonly topics: ReadonlyMap<string, number>;
  readonly messages: number;
  /** Messages that the broker had kept from before, which MQTT 3.1.1 always sends. */
  readonly retained: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/** Options of a look. */
export interface LookOptions {
  /** The options of the recording's connection. */
  readonly connect: ConnectOptions;
  /** That connection, which must not be taken over. @default {none} */
  readonly main?: Pick<MainConnection, "version" | "provoked">;
  /** @default {["#"]} */
  readonly filters?: readonly string[];
  /** @default {LOOK_MS} */
  readonly ms?: number;
  /** Ends after this many. @default {500} */
  readonly maxMessages?: number;
  readonly signal: AbortSignal;
}

/**
 * Subscribes with QoS 0 on a clean connection, for a short time.
 *
 * @throws {BrokerError} The broker cannot be reached, refuses, or would cut another connection off.
 */
export async function lookAtBroker(
  { connect, main, filters = ["#"], ms = LOOK_MS, maxMessages = MAX_MESSAGES, signal }: LookOptions,
): Promise<Seen> {
  const { clock } = connect;
  const topics = new Map<string, number>();
  let messages = 0, retained = 0;
  const enough = Promise.withResolvers<void>();
  const session: Session = {
    receiveQueue: new Inbox(clock, ({ topic, retain }) => {
      if (messages + retained >= maxMessages) return enough.resolve();
      if (retain) retained++;
      else {
        messages++;
        topics.set(topic, (topics.get(topic) ?? 0) + 1);
      }
    }),
    incoming: new Set<number>(),
    now: () => clock.now(),
  };
  const connection = await openClean(secondOptions(connect, "mqttreclook"), session, main, signal);
  try {
    const packets = intoPackets(filters, (filter) => filter, connection.limits);
    const subscribed = Promise.all(
      packets.map((packet) =>
        connection.client.subscribeAsync(packet, {
          qos: 0,
          ...connection.version === 5 && { rh: NO_RETAINED },
        })
      ),
    );
    await deadline(Promise.race([subscribed, lost(connection.closed)]), SUBSCRIBE_MS, clock);
    const began = clock.monotonic();
    const over = new AbortController();
    const time = clock.sleep(ms, AbortSignal.any([over.signal, signal]));
    await Promise.race([time, enough.promise, connection.closed]);
    over.abort();
    return { topics, messages, retained, ms: clock.monotonic() - began };
  } catch (cause) {
    throw isRefused(cause)
      ? new BrokerError((t) => t.live.look.refused(t.live.look.forbidden), { cause })
      : brokerError(connect, cause);
  } finally {
    await end(connection, clock);
    connection.gate.destroy();
  }
}

async function openClean(
  options: ConnectOptions,
  session: Session,
  main: LookOptions["main"],
  signal: AbortSignal,
) {
  const known = main?.version ?? options.mqttVersion;
  for (const version of known === undefined ? [5, 4] as const : [known]) {
    const taken = main ?? { version, provoked: false };
    if (await isTakenForMain(options, session, taken, signal)) {
      throw new BrokerError((t) => t.live.look.refused(t.live.look.sameClient));
    }
    try {
      return await open(options, session, version, true, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const isLast = version === 4 || known !== undefined;
      if (isLast || !refusesVersion(error, known)) throw brokerError(options, error);
    }
  }
  throw new TypeError("Cannot look at a broker: no version was tried");
}

async function lost(closed: Promise<unknown>): Promise<never> {
  throw await closed ?? new Error("closed");
}

/** Whether the broker refused the subscription: its SUBACK is in the error of npm:mqtt. */
function isRefused(error: unknown): boolean {
  return (error as { packet?: { cmd?: unknown } })?.packet?.cmd === "suback";
}
