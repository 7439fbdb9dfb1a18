/** What a simulated sensor is: ticks in, payloads out. */

import type { Random } from "./noise.ts";

export interface SensorOptions {
  /** Random stream of the sensor: the same stream gives the same curve. */
  readonly random: Random;
}

/**
 * Yields one payload per tick: a number, in ASCII.
 *
 * @param ticks Times of the samples, in ms since the epoch; a sensor reads no clock.
 */
export type Sensor = (
  ticks: AsyncIterable<number>,
  options: SensorOptions,
) => AsyncGenerator<string>;
