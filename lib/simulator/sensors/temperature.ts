/** Room temperature. */

import type { SensorOptions } from "./sensor.ts";
import { clamp, dailyWave, Drift, gauss, HOUR_MS } from "./noise.ts";

/**
 * Temperature in °C, one decimal: `T = 21.5 + 2.5 cos(2π(h − 15)/24) + drift + noise`, warmest at
 * 15 h UTC as in a lightly heated room; drift σ 0.6 °C over 2 h, noise σ 0.05 °C (a DS18B20's).
 */
export async function* temperature(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  const drift = new Drift(0.6, 2 * HOUR_MS, random);
  for await (const time of ticks) {
    const value = 21.5 + 2.5 * dailyWave(time, 15) + drift.at(time) + 0.05 * gauss(random);
    yield clamp(value, -40, 85).toFixed(1);
  }
}
