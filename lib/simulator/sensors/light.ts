/** Illuminance near a window. */

import type { SensorOptions } from "./sensor.ts";
import { clamp, dailyWave, Drift, gauss, MINUTE_MS } from "./noise.ts";

/**
 * Illuminance in lux, whole: `E = c (9000 max(0, s)^1.3 + 40 exp(min(0, s) / 0.022))`, where `s` is
 * the sine of the sun's height on the equator on an equinox (1 at 12 h UTC) and `c` in [0.15, 1]
 * the share that passing clouds let through (drift over 10 min); noise 1 %. Behind glass about a
 * tenth of the light outdoors arrives: 10,000 of 100,000 lux at noon, 40 of 400 at sunset, 0.3 of
 * 3.4 at the end of civil twilight, which the exponential joins.
 */
export async function* light(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  const clouds = new Drift(0.25, 10 * MINUTE_MS, random);
  for await (const time of ticks) {
    const height = dailyWave(time, 12);
    const sun = 9000 * Math.max(0, height) ** 1.3 + 40 * Math.exp(Math.min(0, height) / 0.022);
    const share = clamp(0.7 + clouds.at(time), 0.15, 1);
    const value = sun * share * (1 + 0.01 * gauss(random));
    yield clamp(value, 0, 120_000).toFixed(0);
  }
}
