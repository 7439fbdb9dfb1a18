/** A passive infrared motion detector. */

import type { SensorOptions } from "./sensor.ts";
import { MINUTE_MS, occupancy } from "./noise.ts";

/** How long a detector holds its output after the last movement. */
const HOLD_MS = MINUTE_MS / 2;

/**
 * `1` while something moves, else `0`. Movements are a Poisson process: on average one every 90 s
 * in the working day and one every 45 min at night; the output is held for 30 s, as in a real
 * detector.
 */
export async function* motion(
  ticks: AsyncIterable<number>,
  { random }: SensorOptions,
): AsyncGenerator<string> {
  let until = -Infinity;
  let last: number | undefined;
  for await (const time of ticks) {
    const busy = occupancy(time);
    const meanMs = 1 / (busy / (1.5 * MINUTE_MS) + (1 - busy) / (45 * MINUTE_MS));
    const elapsed = Math.max(0, time - (last ?? time - HOLD_MS));
    last = time;
    if (random() < 1 - Math.exp(-elapsed / meanMs)) until = time + HOLD_MS;
    yield time < until ? "1" : "0";
  }
}
