/** Illuminance near a window. */

import type { SensorOptions } from "./mod.ts";
import { clamp, dailyWave, Drift, gauss, MINUTE_MS } from "./noise.ts";

/**
 * Illuminance in lux, whole: `E = 0.5 + 9000 max(0, s)^1.3 c`, where `s` is the sine of the sun's
 * height on an equinox (highest at 12 h UTC) and `c` in [0.15, 1] the share that passing clouds let
 * through (drift over 10 min); noise 1 %. About 10,000 lux is daylight behind glass.
 */
export async function* light(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  const clouds = new Drift(0.25, 10 * MINUTE_MS, random);
  for await (const time of ticks) {
    const sun = Math.max(0, dailyWave(time, 12)) ** 1.3;
    const share = clamp(0.7 + clouds.at(time), 0.15, 1);
    const value = (0.5 + 9000 * sun * share) * (1 + 0.01 * gauss(random));
    yield clamp(value, 0, 120_000).toFixed(0);
  }
}
