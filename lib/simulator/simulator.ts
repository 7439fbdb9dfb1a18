/** Runs the simulated sensors: clock → sensor → message → publish. */

import { type Clock, ticks } from "../system/clock.ts";
import type { Message, QoS } from "../message/message.ts";
import { seededRandom } from "./sensors/noise.ts";
import { type PlannedSensor, planSensors, SENSORS } from "./sensors/mod.ts";

/** Jitter of a tick as a share of the interval, because real devices are not in step. */
const JITTER = 0.1;
/** Longest wait for a sensor's first value, however long the interval. */
const FIRST_VALUE_MS = 3_000;
/** Simulated time between two values in ms, with a seed and without an interval. */
const SEEDED_STEP_MS = 1_000;
/** Start of the simulated time with a seed: a working day, 8 h UTC. */
const SEEDED_START = Date.UTC(2026, 0, 5, 8);

export interface SimulatorOptions {
  /** Number of sensors. */
  readonly sensors: number;
  /** Time between two values of one sensor, in ms; 0: as fast as `publish` resolves. */
  readonly intervalMs: number;
  /** Makes the values reproducible; undefined: random. */
  readonly seed: number | undefined;
  readonly qos: QoS;
}

export interface SimulatorParts {
  readonly clock: Clock;
  /** Resolves when the message is sent; each sensor awaits it before its next value. */
  readonly publish: (message: Message) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Runs all sensors until `signal` aborts. Then it does not wait for messages in flight, because a
 * broker that is gone would block the program for ever.
 *
 * @throws What `publish` rejects with while the signal is not aborted; the other sensors end too.
 */
export async function simulate(
  { sensors, intervalMs, seed, qos }: SimulatorOptions,
  { clock, publish, signal }: SimulatorParts,
): Promise<void> {
  if (signal.aborted) return;
  const chance = seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const payloads = new Payloads();
  const end = new AbortController();
  const ended = Promise.withResolvers<void>();
  const onAbort = () => {
    end.abort();
    ended.resolve();
  };
  signal.addEventListener("abort", onAbort, { once: true });

  async function play({ kind, topic }: PlannedSensor, i: number): Promise<void> {
    const phaseMs = intervalMs * i / sensors;
    const moments = ticks(clock, intervalMs, {
      phaseMs,
      // A device also reports when it is switched on.
      helloMs: phaseMs > FIRST_VALUE_MS ? FIRST_VALUE_MS * i / sensors : undefined,
      jitter: JITTER,
      // A separate random stream, so that the schedule does not change the values.
      random: seededRandom(chance, `${topic} ticks`),
      signal: end.signal,
    });
    const times = seed === undefined
      ? moments
      : nominal(moments, SEEDED_START + phaseMs, intervalMs || SEEDED_STEP_MS);
    for await (const text of SENSORS[kind](times, { random: seededRandom(chance, topic) })) {
      const payload = payloads.of(text);
      try {
        await publish({ time: clock.now(), topic, payload, qos, retain: false, dup: false });
      } catch (error) {
        if (!end.signal.aborted) throw error;
      }
    }
  }

  try {
    await Promise.race([Promise.all(planSensors(sensors).map(play)), ended.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    end.abort();
  }
}

/** Simulated time without jitter and delays, so that a seed gives the same values. */
async function* nominal(
  moments: AsyncIterable<number>,
  startMs: number,
  stepMs: number,
): AsyncGenerator<number> {
  let k = 0;
  for await (const _ of moments) yield startMs + stepMs * k++;
}

/** Size of the buffers that hold many payloads. */
const BUFFER_BYTES = 16 * 1024;

/**
 * Encodes values as payloads. `TextEncoder`, or one array per value, costs 0.6 µs, a fifth of a
 * message's total; a view of a shared buffer costs a tenth of that (`deno task bench --only
 * simulator`).
 */
class Payloads {
  #buffer = new Uint8Array();
  #at = 0;

  /** @param text ASCII: a number. */
  of(text: string): Uint8Array {
    if (this.#at + text.length > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, text.length));
      this.#at = 0;
    }
    const start = this.#at;
    for (let i = 0; i < text.length; i++) this.#buffer[this.#at++] = text.charCodeAt(i);
    return this.#buffer.subarray(start, this.#at);
  }
}
