/** The rows of the shape `wide`: one for each moment, or one for each step of time. */

import type { FieldNode } from "../fields/field_node.ts";
import type { Zone } from "./zone.ts";

const HOUR_MS = 3_600_000;
/** Long steps are counted from 5 January 1970: weeks begin on a Monday, as with `--rotate`. */
const MONDAY = 4 * 24 * HOUR_MS;

/** Steps of time, aligned to the local clock: 1h on the hour, 1d at midnight. */
export class Steps {
  readonly #stepMs: number;
  readonly #zone: Zone;
  /** The last long step, as most messages share one. */
  #start = NaN;
  #end = NaN;

  /** @param stepMs Length of a step, in ms. */
  constructor(stepMs: number, zone: Zone) {
    this.#stepMs = stepMs;
    this.#zone = zone;
  }

  /** The beginning of the step that `time` lies in, ms since 1970 UTC. */
  startOf(time: number): number {
    const step = this.#stepMs;
    if (step <= HOUR_MS) {
      // An hour that a clock shows twice is two.
      const local = time + this.#zone.offset(time);
      return time - (local - Math.floor(local / step) * step);
    }
    if (!(time >= this.#start && time < this.#end)) {
      this.#start = this.#longStart(time);
      this.#end = this.after(this.#start);
    }
    return this.#start;
  }

  /** The beginning of the step after the one that begins at `start`. */
  after(start: number): number {
    const step = this.#stepMs;
    if (step <= HOUR_MS) return start + step;
    const next = this.#zone.toUtc(start + this.#zone.offset(start) + step);
    return Math.max(this.#longStart(next), start + 1);
  }

  /** A day has 23 or 25 hours twice a year: the local clock counts. */
  #longStart(time: number): number {
    const step = this.#stepMs, local = time + this.#zone.offset(time) - MONDAY;
    return this.#zone.toUtc(Math.floor(local / step) * step + MONDAY);
  }

  /** How many steps begin after `start` and before `end`, both beginnings of steps; at most `max`. */
  missing(start: number, end: number, max: number): number {
    if (this.#stepMs <= HOUR_MS) return Math.max(0, Math.ceil((end - start) / this.#stepMs) - 1);
    let count = 0;
    for (let next = this.after(start); next < end && count <= max; next = this.after(next)) count++;
    return count;
  }
}

/** Decides which messages share a row. */
export class Moments {
  /** Time of the present row; NaN: there is none. */
  time = NaN;
  #row = 0;
  /** The last row that each column has a value in. */
  readonly #filled: number[] = [];
  readonly #steps: Steps | undefined;

  /** @param steps undefined: messages of one time share a row, as long as none has another's place. */
  constructor(steps: Steps | undefined) {
    this.#steps = steps;
  }

  /**
   * Whether a message with these fields needs a new row; it is the present one from here on.
   *
   * @param nodes The first `count` are its fields, whose `column` is set.
   */
  isNewRow(time: number, nodes: readonly FieldNode[], count: number): boolean {
    const steps = this.#steps;
    const moment = steps === undefined ? time : steps.startOf(time);
    let isNew = moment !== this.time;
    if (steps !== undefined) {
      this.time = moment;
      return isNew;
    }
    const filled = this.#filled;
    for (let f = 0; !isNew && f < count; f++) isNew = filled[nodes[f]!.column] === this.#row;
    if (isNew) this.#row++;
    this.time = moment;
    for (let f = 0; f < count; f++) {
      const { column } = nodes[f]!;
      while (filled.length <= column) filled.push(0);
      filled[column] = this.#row;
    }
    return isNew;
  }
}
