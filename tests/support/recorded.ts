/** Records from a scripted broker and returns how the recording ends. */

import assert from "node:assert/strict";
import { BrokerClient, type BrokerOptions } from "../../lib/mqtt/broker_client.ts";
import type { BrokerEvent } from "../../lib/mqtt/connection_events.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { FakeClock } from "./fake_clock.ts";
import { publishesOf } from "../faults/publishes.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { StrictConnection } from "../faults/strict_connection.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "./with_timeout.ts";
import { EventLog } from "./event_log.ts";
import { until } from "./until.ts";

export interface RecordedFixture {
  readonly server: StrictBroker;
  /** The present connection, on the broker's side. */
  readonly connection: StrictConnection;
  readonly clock: FakeClock;
  readonly broker: BrokerClient;
  readonly events: EventLog<BrokerEvent>;
  /** Ends the recording. */
  readonly stop: AbortController;
  /** Deliveries that are not written yet. */
  readonly waiting: Delivery[];
  /** Messages delivered so far. */
  delivered(): number;
  /** Resolves when the deliveries have ended. */
  readonly over: Promise<void>;
  /** Sends a QoS 1 message from the broker; resolves when it is delivered. */
  publish(): Promise<void>;
}

export const LEFT = { type: "left", kept: false, undelivered: false, takenOver: false };

/** Records from a scripted broker; returns its `left` event and the end of the last connection. */
export async function recorded(
  script: Script,
  body: (fixture: RecordedFixture) => Promise<void>,
  options: Partial<BrokerOptions> = {},
) {
  await using server = StrictBroker.start(script);
  const clock = new FakeClock();
  const events = new EventLog<BrokerEvent>();
  const stop = new AbortController();
  const waiting: Delivery[] = [];
  const messages = { delivered: 0, more: Promise.withResolvers<void>() };
  {
    const broker = await BrokerClient.connect(
      {
        host: "127.0.0.1",
        port: server.port,
        topics: ["a/#"],
        qos: 1,
        clientId: "test",
        clock,
        ...options,
      },
      events.onEvent,
    );
    const over = (async () => {
      for await (const delivery of broker.deliveries(stop.signal)) {
        messages.delivered += delivery.batch.count;
        waiting.push(delivery);
        messages.more.resolve();
        messages.more = Promise.withResolvers();
      }
    })();
    const connection = await server.subscribed();
    const publish = async () => {
      const { promise } = messages.more;
      await connection.blast(
        publishesOf([{ topic: "a/b", payload: "1", qos: 1 }], connection.connect!.version),
      );
      await withTimeout(promise, "a delivery");
    };
    await body({
      server,
      connection,
      clock,
      broker,
      events,
      stop,
      waiting,
      over,
      publish,
      delivered: () => messages.delivered,
    });
    await withTimeout(over, "the end of the deliveries");
    const gone = broker[Symbol.asyncDispose]();
    if (script.unsuback === "silent" && connection.isOpen) {
      // npm:mqtt waits for the answer before it sends DISCONNECT.
      await clock.asleep(500);
      await clock.advance(500);
    }
    await withTimeout(gone, "the end of the broker");
    await clock.advance(150);
  }
  const ended = await withTimeout(server.connections.at(-1)!.ended, "the end of the connection");
  assert.deepEqual(server.errors, []);
  assert.equal(clock.sleeping, 0);
  return { left: events.all.at(-1), ended, connections: server.connections };
}

/** Writes pending deliveries, which sends their acknowledgements. */
export function write({ waiting }: RecordedFixture): void {
  for (const { ack } of waiting.splice(0)) ack();
}

/** Ends the recording and waits for the answer to UNSUBSCRIBE. */
export async function asked({ stop, connection }: RecordedFixture): Promise<void> {
  stop.abort();
  await until(() => connection.unsubscribed.length > 0);
  await turn();
}

/** Ends the recording from a broker without pending messages, and waits for its end. */
export async function end(fixture: RecordedFixture): Promise<void> {
  await asked(fixture);
  await quiet(fixture);
  await withTimeout(fixture.over, "the end");
}

/** Advances by the silence that ends a drain. */
export async function quiet({ clock }: RecordedFixture): Promise<void> {
  await clock.asleep(150);
  await clock.advance(150);
}

/** Waits for a turn of the event loop, in which the network proceeds. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Closes the connection at the broker and waits until the client notices. */
export async function lose({ connection, broker }: RecordedFixture): Promise<void> {
  connection.close();
  await until(() => !broker.connected);
}
