/** Randomness and inertia, shared by all sensors. */

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * A seeded generator: sfc32 (PractRand), seeded with FNV-1a hashes of seed and name. Each sensor
 * has a separate stream, so that adding one does not change the others. With 32 instead of 128 bits
 * of state, thousands of sensors would repeat parts of the same few sequences.
 */
export function seededRandom(seed: number, name: string): Random {
  let [a, b, c] = [hash(`a/${seed}/${name}`), hash(`b/${seed}/${name}`), hash(`c/${seed}/${name}`)];
  let counter = 1;
  const random = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ b >>> 9;
    b = (c + (c << 3)) | 0;
    c = ((c << 21 | c >>> 11) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers still resemble the seed.
  for (let i = 0; i < 15; i++) random();
  return random;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value;
}

/** Normally distributed, mean 0, standard deviation 1 (Box and Muller). */
export function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A random walk around 0: the exact step of an Ornstein-Uhlenbeck process, so that the curve has
 * the same shape for any time between two samples.
 */
export class Drift {
  #value: number;
  #time: number | undefined;
  readonly #deviation: number;
  readonly #relaxMs: number;
  readonly #random: Random;

  /**
   * @param deviation Standard deviation in the long run, in the sensor's unit.
   * @param relaxMs Time constant of the return to 0, in ms.
   */
  constructor(deviation: number, relaxMs: number, random: Random) {
    this.#deviation = deviation;
    this.#relaxMs = relaxMs;
    this.#random = random;
    this.#value = deviation * gauss(random);
  }

  /** The value at `time` (ms since the epoch); time that goes back counts as standing still. */
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

/** Occupancy of a building: 0 at night, 1 in the working day, smooth in between. UTC. */
export function occupancy(time: number): number {
  const hour = dayShare(time) * 24;
  const step = (at: number) => 1 / (1 + Math.exp(-(hour - at) * 3));
  return step(8) - step(18);
}

/** `value` limited to `[min, max]`. */
export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

export const MINUTE_MS = 60_000, HOUR_MS = 3_600_000;
