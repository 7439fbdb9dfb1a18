/** Plays the sensors: clock → sensor → message → publish. */

import { type Clock, ticks } from "./clock.ts";
import type { Message, QoS } from "./message.ts";
import { seededRandom } from "./sensors/noise.ts";
import { planSensors, SENSORS } from "./sensors/mod.ts";

/** A tick strays by at most this share of the interval: devices are not in step. */
const JITTER = 0.1;
/** The phases are spread over the interval, but nobody waits longer than this for a first value. */
const SPREAD_MS = 3_000;

/** With a seed, the simulated day begins here whatever the day: a working day, 8 h UTC. */
const SEEDED_START = Date.UTC(2026, 0, 5, 8);

export interface SimulatorOptions {
  /** Number of sensors. */
  readonly sensors: number;
  /** Time between two values of one sensor, in ms. */
  readonly intervalMs: number;
  /** Makes the values reproducible; undefined: by chance. */
  readonly seed: number | undefined;
  readonly qos: QoS;
}

export interface SimulatorParts {
  readonly clock: Clock;
  /** Resolves when the message is handed over; each sensor waits for it before its next one. */
  readonly publish: (message: Message) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Runs all sensors until `signal` aborts.
 *
 * @throws What `publish` rejects with while the signal is not aborted.
 */
export async function simulate(
  { sensors, intervalMs, seed, qos }: SimulatorOptions,
  { clock, publish, signal }: SimulatorParts,
): Promise<void> {
  const chance = seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const start = seed === undefined ? clock.now() : SEEDED_START;
  const encoder = new TextEncoder();
  await Promise.all(
    planSensors(sensors).map(async ({ kind, topic }, i) => {
      const phaseMs = Math.min(intervalMs, SPREAD_MS) * i / sensors;
      // A stream apart: when a sensor speaks must not change what it says.
      const random = seededRandom(chance, `${topic} ticks`);
      const moments = ticks(clock, intervalMs, { phaseMs, jitter: JITTER, random, signal });
      const times = nominal(moments, start + phaseMs, intervalMs);
      for await (const text of SENSORS[kind](times, { random: seededRandom(chance, topic) })) {
        const payload = encoder.encode(text);
        try {
          await publish({ time: clock.now(), topic, payload, qos, retain: false, dup: false });
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    }),
  );
}

/** What the sensors take for the time: free of jitter, so that a seed gives the same values. */
async function* nominal(
  moments: AsyncIterable<number>,
  start: number,
  intervalMs: number,
): AsyncGenerator<number> {
  let k = 0;
  for await (const _ of moments) yield start + intervalMs * k++;
}
