/** Runs an acknowledgement gate on a byte stream in memory, and collects the input of npm:mqtt. */

import assert from "node:assert/strict";
import { AckGate } from "../../lib/mqtt/ack_gate.ts";
import type { Session } from "../../lib/mqtt/packet_handler.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import { START } from "./arbitrary.ts";
import { nextTurn } from "../../lib/system/clock.ts";
import { FakeByteStream, publishPacket } from "./packets.ts";
import { until } from "./until.ts";

/** Runs everything that needs no timer. */
export async function runTurns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

export interface GateFixture {
  readonly gate: AckGate;
  readonly byteStream: FakeByteStream;
  readonly session: Session;
  readonly deliveries: AsyncGenerator<Delivery>;
  /** Bytes that npm:mqtt would have received. */
  readonly passed: number[];
  readonly errors: Error[];
}

export function gateFixture(
  { session, version = 4 }: { session?: Session; version?: 4 | 5 } = {},
): GateFixture {
  session ??= { receiveQueue: new ReceiveQueue(), incoming: new Set(), now: () => START };
  const byteStream = new FakeByteStream();
  const gate = new AckGate(byteStream, session, version);
  const passed: number[] = [];
  const errors: Error[] = [];
  gate.on("data", (chunk: Uint8Array) => passed.push(...chunk));
  gate.on("error", (error: Error) => errors.push(error));
  return {
    gate,
    byteStream,
    session,
    deliveries: session.receiveQueue.deliveries(),
    passed,
    errors,
  };
}

/** Waits until the gate has read to the end and closed. */
export async function ended({ gate }: GateFixture): Promise<void> {
  // Most need a few turns only, and a timer takes longer than all of them.
  for (let i = 0; i < 20 && !gate.destroyed; i++) await nextTurn();
  await until(() => gate.destroyed);
}

export async function next({ deliveries }: GateFixture): Promise<Delivery> {
  const { value, done } = await deliveries.next();
  assert.ok(!done);
  return value;
}

export const texts = (delivery: Delivery) =>
  [...delivery.batch].map(({ payload }) => new TextDecoder().decode(payload));

/** The rows received so far, without waiting. */
export function rows({ session }: GateFixture): string[] {
  return [...session.receiveQueue.batch].map(({ payload }) => new TextDecoder().decode(payload));
}

export const publish = (payload: string, qos: 0 | 1 | 2 = 0, id = 1, dup = false) =>
  publishPacket({ topic: "t", payload, qos, id, dup });
