/** Voltage of a sensor node's lithium cell. */

import type { SensorOptions } from "./sensor.ts";
import { clamp, dailyWave, gauss, HOUR_MS } from "./noise.ts";

const LIFE_MS = 90 * 24 * HOUR_MS;

/**
 * Voltage in V, two decimals: a single Li-ion cell that lasts 90 days from a charge between 70 and
 * 100 %. `U = 3.0 + 0.75 q^0.35 + 0.45 q^6` (q: charge left, 4.2 V full, 3.0 V empty: the flat
 * middle and the knee of the usual discharge curve), 0.01 V lower in the cold of the night, noise
 * σ 0.004 V. An empty cell is replaced: q starts again at 1.
 */
export async function* battery(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  let charge = 0.7 + 0.3 * random();
  let last: number | undefined;
  for await (const time of ticks) {
    charge -= Math.max(0, time - (last ?? time)) / LIFE_MS;
    if (charge <= 0) charge = 1;
    last = time;
    const curve = 3 + 0.75 * charge ** 0.35 + 0.45 * charge ** 6;
    const voltage = curve + 0.01 * dailyWave(time, 15) + 0.004 * gauss(random);
    yield clamp(voltage, 2.9, 4.25).toFixed(2);
  }
}
