/** The simulated sensors. */

import { battery } from "./battery.ts";
import { co2 } from "./co2.ts";
import { humidity } from "./humidity.ts";
import { light } from "./light.ts";
import { motion } from "./motion.ts";
import { pressure } from "./pressure.ts";
import type { Sensor } from "./sensor.ts";
import { temperature } from "./temperature.ts";

export type { Sensor, SensorOptions } from "./sensor.ts";

/** Every kind of sensor, in the order of `planSensors`. */
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
  /** `sensors/<kind>`, and `sensors/<kind>/<n>` from the second of a kind on. */
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
