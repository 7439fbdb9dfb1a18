/** Plays the sensors: clock → sensor → message → publish. */

import { type Clock, ticks } from "../system/clock.ts";
import type { Message, QoS } from "../message/message.ts";
import { seededRandom } from "./sensors/noise.ts";
import { type PlannedSensor, planSensors, SENSORS } from "./sensors/mod.ts";

/** A tick strays by at most this share of the interval: devices are not in step. */
const JITTER = 0.1;
/** Nobody waits longer than this for a sensor's first value, however long the interval. */
const FIRST_VALUE_MS = 3_000;
/** What lies between two values with a seed when they come as fast as they can, in ms. */
const SEEDED_STEP_MS = 1_000;
/** With a seed, the simulated day begins here whatever the day: a working day, 8 h UTC. */
const SEEDED_START = Date.UTC(2026, 0, 5, 8);

export interface SimulatorOptions {
  /** Number of sensors. */
  readonly sensors: number;
  /** Time between two values of one sensor, in ms; 0: none but what `publish` takes. */
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
 * Runs all sensors until `signal` aborts; does not wait for messages that are still on their way
 * then, as a broker that is gone would hold them, and the program, for ever.
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
      // A stream of its own: when a sensor speaks must not change what it says.
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

/** What the sensors take for the time: free of jitter and delays, so that a seed repeats itself. */
async function* nominal(
  moments: AsyncIterable<number>,
  startMs: number,
  stepMs: number,
): AsyncGenerator<number> {
  let k = 0;
  for await (const _ of moments) yield startMs + stepMs * k++;
}

/** Bytes that payloads are cut from, a piece at a time. */
const PIECE_BYTES = 16 * 1024;

/**
 * Makes payloads of values. `TextEncoder` takes 0.6 µs for each, and so does an array of its own: a
 * fifth of all that a message costs. A view of a shared one takes a tenth of that.
 */
class Payloads {
  #padded = new Uint8Array();
  #at = 0;

  /** @param text ASCII: a number. */
  of(text: string): Uint8Array {
    if (this.#at + text.length > this.#padded.length) {
      this.#padded = new Uint8Array(Math.max(PIECE_BYTES, text.length));
      this.#at = 0;
    }
    const start = this.#at;
    for (let i = 0; i < text.length; i++) this.#padded[this.#at++] = text.charCodeAt(i);
    return this.#padded.subarray(start, this.#at);
  }
}
