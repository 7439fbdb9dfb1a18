/** The simulated sensors. */

import { battery } from "./battery.ts";
import { co2 } from "./co2.ts";
import { humidity } from "./humidity.ts";
import { light } from "./light.ts";
import { motion } from "./motion.ts";
import type { Random } from "./noise.ts";
import { pressure } from "./pressure.ts";
import { temperature } from "./temperature.ts";

export interface SensorOptions {
  /** The sensor's own chance: the same stream gives the same curve. */
  readonly random: Random;
}

/**
 * Yields one payload per tick: a number, in ASCII.
 *
 * @param ticks Times of the samples, in ms since the epoch: a sensor knows no clock.
 */
export type Sensor = (
  ticks: AsyncIterable<number>,
  options: SensorOptions,
) => AsyncGenerator<string>;

/** Every kind of sensor, in the order in which they are planned. */
export const SENSORS = {
  temperature,
  humidity,
  pressure,
  light,
  co2,
  motion,
  battery,
} satisfies Record<string, Sensor>;

export type SensorKind = keyof typeof SENSORS;

/** One simulated device. */
export interface PlannedSensor {
  readonly kind: SensorKind;
  /** `sensors/<kind>`, and `sensors/<kind>/<n>` from the second of a kind. */
  readonly topic: string;
}

/** `count` sensors, the kinds in turn. */
export function planSensors(count: number): PlannedSensor[] {
  const kinds = Object.keys(SENSORS) as SensorKind[];
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length]!;
    const n = Math.floor(i / kinds.length) + 1;
    return { kind, topic: n === 1 ? `sensors/${kind}` : `sensors/${kind}/${n}` };
  });
}
