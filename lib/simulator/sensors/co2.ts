/** CO₂ concentration of a room. */

import type { SensorOptions } from "./sensor.ts";
import { clamp, Drift, gauss, HOUR_MS, MINUTE_MS, occupancy } from "./noise.ts";

const OUTSIDE_PPM = 425;
const VENTILATION_MS = 40 * MINUTE_MS;

/**
 * CO₂ in ppm, whole: a room's mass balance, `dC/dt = (C∞ − C)/τ` with τ = 40 min (1.5 air changes
 * an hour) and `C∞ = 425 + 700 o`, where `o` is the occupancy of the room. 700 ppm: a person at a
 * desk exhales 0.0052 l/s of CO₂ and gets 7.5 l/s of fresh air (ASHRAE 62.1, informative appendix).
 * Noise σ 3 ppm; limits 400 to 5000 ppm.
 */
export async function* co2(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  const people = new Drift(0.15, HOUR_MS, random);
  let level: number | undefined;
  let last = 0;
  for await (const time of ticks) {
    const end = OUTSIDE_PPM + 700 * clamp(occupancy(time) * (1 + people.at(time)), 0, 1.5);
    level = level === undefined
      ? end
      : end + (level - end) * Math.exp(-Math.max(0, time - last) / VENTILATION_MS);
    last = time;
    yield clamp(level + 3 * gauss(random), 400, 5000).toFixed(0);
  }
}
