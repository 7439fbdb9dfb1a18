/** Atmospheric pressure. */

import type { SensorOptions } from "./sensor.ts";
import { clamp, dailyWave, Drift, gauss, HOUR_MS } from "./noise.ts";

/**
 * Pressure at sea level in hPa, one decimal: `p = 1013.25 + weather + tide + noise`. Weather: drift
 * σ 7 hPa over 36 h; atmospheric tide: ±0.8 hPa twice a day, highest near 10 h and 22 h; noise
 * σ 0.05 hPa (a BMP280's). 1013.25 hPa is the standard atmosphere of ISO 2533.
 */
export async function* pressure(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  const weather = new Drift(7, 36 * HOUR_MS, random);
  for await (const time of ticks) {
    // cos(2x) from cos(x): two waves a day.
    const tide = 0.8 * (2 * dailyWave(time, 10) ** 2 - 1);
    const value = 1013.25 + weather.at(time) + tide + 0.05 * gauss(random);
    yield clamp(value, 960, 1060).toFixed(1);
  }
}
