/** Connects to a scripted broker with a fake clock. */

import assert from "node:assert/strict";
import type { ConnectionEvent } from "../../lib/mqtt/connection_events.ts";
import { ReconnectingConnection } from "../../lib/mqtt/reconnecting_connection.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import type { ConnectOptions } from "../../lib/mqtt/connect_options.ts";
import { FakeClock, runMicrotasks } from "./fake_clock.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "./with_timeout.ts";
import { EventLog } from "./event_log.ts";

const CLIENT_ID = "test";

export interface ConnectedFixture {
  readonly broker: StrictBroker;
  readonly clock: FakeClock;
  readonly events: EventLog<ConnectionEvent>;
  readonly connection: ReconnectingConnection;
  /** Closes the connection at the broker, then advances the clock by `waitMs` for the reconnect. */
  drop(waitMs?: number): Promise<void>;
}

/** Opens a connection to `broker`. */
export function openAt(
  broker: { readonly port: number },
  clock: FakeClock,
  onEvent: (event: ConnectionEvent) => void = () => {},
  { signal, receiveQueue = new ReceiveQueue(clock), ...options }: Partial<ConnectOptions> & {
    signal?: AbortSignal;
    receiveQueue?: ReceiveQueue;
  } = {},
): Promise<ReconnectingConnection> {
  const session = {
    receiveQueue,
    incoming: new Set<number>(),
    now: () => clock.now(),
  };
  return ReconnectingConnection.open(
    {
      host: "127.0.0.1",
      port: broker.port,
      topics: ["a/#", "b/#"],
      qos: 1,
      clientId: CLIENT_ID,
      clock,
      ...options,
    },
    session,
    onEvent,
    signal,
  );
}

/** Runs `body` with an established connection, and closes it. */
export async function connected(
  script: Script,
  body: (fixture: ConnectedFixture) => Promise<void>,
  options: Partial<ConnectOptions> = {},
): Promise<void> {
  await using broker = StrictBroker.start(script);
  const clock = new FakeClock();
  const events = new EventLog<ConnectionEvent>();
  const connection = await openAt(broker, clock, events.onEvent, options);
  const drop = async (waitMs = 1_000) => {
    ours(broker)!.close();
    await events.next("disconnected");
    await clock.advance(waitMs);
  };
  try {
    await events.next("connected");
    await body({ broker, clock, events, connection, drop });
  } finally {
    connection.stop();
    connection.connection.client.end(true);
    connection.connection.gate.destroy();
    await withTimeout(connection.ended(), "the end of the connection");
    await withTimeout(connection.connection.closed, "the end of its last connection");
    await runMicrotasks();
  }
  assert.deepEqual(broker.errors, []);
  assert.equal(clock.sleeping, 0);
}

/** The last connection that is no probe. */
export function ours(
  { connections }: StrictBroker,
): StrictBroker["connections"][number] | undefined {
  return connections.findLast(({ connect }) => connect?.clientId === CLIENT_ID);
}

/** Makes random waits as long as possible. */
export function longestWaits(): Disposable {
  const { random } = Math;
  Math.random = () => 1;
  return { [Symbol.dispose]: () => void (Math.random = random) };
}
