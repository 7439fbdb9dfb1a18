/** Chance and inertia, the two things every believable sensor shares. */

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * A seeded generator: mulberry32 behind an FNV-1a hash of seed and name, so that each sensor has a
 * stream of its own and adding one does not change the others.
 */
export function seededRandom(seed: number, name: string): Random {
  let state = 0x811c9dc5;
  for (const char of `${seed}/${name}`) {
    state = Math.imul(state ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  }
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed, mean 0, standard deviation 1 (Box and Muller). */
export function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A value that wanders and returns: the exact step of an Ornstein-Uhlenbeck process, so that the
 * curve looks the same whatever the time between two samples.
 */
export class Drift {
  #value: number;
  #time: number | undefined;
  readonly #deviation: number;
  readonly #relaxMs: number;
  readonly #random: Random;

  /**
   * @param deviation Standard deviation in the long run, in the sensor's unit.
   * @param relaxMs Time to forget where it was, in ms.
   */
  constructor(deviation: number, relaxMs: number, random: Random) {
    this.#deviation = deviation;
    this.#relaxMs = relaxMs;
    this.#random = random;
    this.#value = deviation * gauss(random);
  }

  /** The value at `time` (ms since the epoch), which must not go back. */
  at(time: number): number {
    const kept = Math.exp(-Math.max(0, time - (this.#time ?? time)) / this.#relaxMs);
    this.#time = time;
    this.#value = this.#value * kept +
      this.#deviation * Math.sqrt(1 - kept * kept) * gauss(this.#random);
    return this.#value;
  }
}

const DAY_MS = 86_400_000;

/** Time of day in UTC as a share of the day, [0, 1). */
export function dayShare(time: number): number {
  return (((time % DAY_MS) + DAY_MS) % DAY_MS) / DAY_MS;
}

/** 1 at `peakHour`, -1 twelve hours from it. UTC. */
export function dailyWave(time: number, peakHour: number): number {
  return Math.cos(2 * Math.PI * (dayShare(time) - peakHour / 24));
}

/** How awake a building is: 0 at night, 1 in the working day, smooth in between. UTC. */
export function occupancy(time: number): number {
  const hour = dayShare(time) * 24;
  const step = (at: number) => 1 / (1 + Math.exp(-(hour - at) * 3));
  return step(8) - step(18);
}

/** `value` kept within `[least, most]`. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

export const MINUTE_MS = 60_000, HOUR_MS = 3_600_000;
