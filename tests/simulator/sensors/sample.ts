/** Runs one sensor over days of simulated time. */

import { type SensorKind, SENSORS } from "../../../lib/simulator/sensors/mod.ts";
import { dayShare, seededRandom } from "../../../lib/simulator/sensors/noise.ts";

export const DAY_MS = 86_400_000, MINUTE_MS = 60_000;

export interface Sample {
  /** Hour of the day, [0, 24), UTC. */
  readonly hour: number;
  readonly text: string;
  readonly value: number;
}

export interface SampleOptions {
  /** @default {7} */
  readonly seed?: number;
  /** Time between two values, in ms. @default {60_000} */
  readonly stepMs?: number;
}

/** A sensor's values for `days` days. */
export async function sample(
  kind: SensorKind,
  days: number,
  { seed = 7, stepMs = MINUTE_MS }: SampleOptions = {},
): Promise<Sample[]> {
  const start = Date.UTC(2026, 5, 1);
  const times: number[] = [];
  for (let time = start; time < start + days * DAY_MS; time += stepMs) times.push(time);
  const values: Sample[] = [];
  for await (const text of SENSORS[kind](each(times), { random: seededRandom(seed, kind) })) {
    values.push({ hour: dayShare(times[values.length]!) * 24, text, value: Number(text) });
  }
  return values;
}

/** Yields `items` one by one, as ticks do. */
export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** Mean of the values whose hour of the day lies in [from, to). */
export function mean(values: readonly Sample[], from = 0, to = 24): number {
  const chosen = values.filter(({ hour }) => hour >= from && hour < to);
  return chosen.reduce((sum, { value }) => sum + value, 0) / chosen.length;
}

/** The largest difference between neighbours. */
export function largestStep(values: readonly Sample[]): number {
  return values.reduce(
    (max, { value }, i) => Math.max(max, i ? Math.abs(value - values[i - 1]!.value) : 0),
    0,
  );
}
