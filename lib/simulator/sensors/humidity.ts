/** Relative humidity of a room. */

import type { SensorOptions } from "./sensor.ts";
import { clamp, dailyWave, Drift, gauss, HOUR_MS } from "./noise.ts";

/**
 * Relative humidity in %, one decimal: `RH = 48 − 8 cos(2π(h − 15)/24) + drift + noise`, lowest
 * when it is warmest, because warm air can hold more vapour. The 8 % follow
 * from Magnus' formula (`e = 6.112 hPa exp(17.62 T / (243.12 °C + T))`, WMO guide no. 8) for the
 * room of `temperature`, 21.5 ± 2.5 °C. Drift σ 3 % over 3 h, noise σ 0.2 %; limits 5 to 99 %.
 */
export async function* humidity(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  const drift = new Drift(3, 3 * HOUR_MS, random);
  for await (const time of ticks) {
    const value = 48 - 8 * dailyWave(time, 15) + drift.at(time) + 0.2 * gauss(random);
    yield clamp(value, 5, 99).toFixed(1);
  }
}
