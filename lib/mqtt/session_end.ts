/**
 * The last steps of a session: detect the end of messages, drain the broker, delete the session.
 */

import { end, open } from "./connection.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import type { Session } from "./packet_handler.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import type { Clock } from "../system/clock.ts";
import { unsubscribe } from "./subscription_packets.ts";

/** A drain ends when nothing came for this long, and in any case after the second figure. */
const DRAIN_QUIET_MS = 150, DRAIN_MAX_MS = 1_500;
/** The same maximum for an ephemeral broker: no session keeps later messages. */
const LAST_DRAIN_MS = 5_000;
/** `--retained-only`: a broker that has retained messages left is not silent for this long. */
const QUIET_MS = 2_000;

/** Unsubscribes and receives messages under way; whether all of them came and were written. */
export async function drain(
  reconnecting: { readonly connection: Connection; readonly connected: boolean },
  receiveQueue: ReceiveQueue,
  { clock, topics, ephemeral }: ConnectOptions & { readonly ephemeral?: boolean },
): Promise<boolean> {
  let answered = false;
  const { client, gate } = reconnecting.connection;
  // A lost connection is no answer.
  unsubscribe(client, topics).then(() => answered = true, () => {});
  const timer = new AbortController();
  void clock.sleep(ephemeral ? LAST_DRAIN_MS : DRAIN_MAX_MS, timer.signal).then(() =>
    timer.abort()
  );
  try {
    while (reconnecting.connected && !timer.signal.aborted) {
      const { received } = receiveQueue;
      await clock.sleep(DRAIN_QUIET_MS);
      // A slow disk is no silence: the broker may send more once it is acknowledged.
      if (!answered || received !== receiveQueue.received || receiveQueue.unacknowledged) {
        continue;
      }
      // Nor is a slow network: more may follow our last acknowledgement.
      if (!await gate.confirmed(timer.signal)) break;
      if (received === receiveQueue.received && !receiveQueue.unacknowledged) return true;
    }
  } finally {
    timer.abort();
  }
  return receiveQueue.wanted <= 0;
}

/** Ends the receive queue once the broker has sent all retained messages (`--retained-only`). */
export async function endWhenQuiet(
  reconnecting: { readonly connection: Connection; readonly fatal: unknown },
  receiveQueue: ReceiveQueue,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && reconnecting.fatal === undefined) {
    const { connection } = reconnecting;
    // Retained messages come after SUBACK and before the next PINGRESP.
    await connection.subscribing?.catch(() => {});
    const read = await connection.gate.confirmed(signal);
    const { messages } = connection.gate;
    await clock.sleep(QUIET_MS, signal);
    if (!read || connection !== reconnecting.connection || messages !== connection.gate.messages) {
      continue;
    }
    receiveQueue.wanted = 0;
    return receiveQueue.end();
  }
}

/** MQTT 3.1.1 ends a session only by connecting once more with the clean flag [MQTT-3.1.2-6]. */
export async function forgetSession(options: ConnectOptions, session: Session): Promise<void> {
  try {
    const connection = await open(
      options,
      { ...session, receiveQueue: new ReceiveQueue() },
      4,
      true,
    );
    await end(connection, options.clock);
    connection.gate.destroy();
  } catch {
    // The broker went away with the session; there is nothing left to delete.
  }
}
