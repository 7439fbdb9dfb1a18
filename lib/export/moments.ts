/** The rows of the shape `wide`: one for each moment, or one for each step of time. */

import type { FieldNode } from "../fields/field_node.ts";
import type { Zone } from "./zone.ts";

const HOUR_MS = 3_600_000;

/** Steps of time, aligned to the local clock: 1h on the hour, 1d at midnight. */
export class Steps {
  readonly #stepMs: number;
  readonly #zone: Zone;

  /** @param stepMs Length of a step, in ms. */
  constructor(stepMs: number, zone: Zone) {
    this.#stepMs = stepMs;
    this.#zone = zone;
  }

  /** The beginning of the step that `time` lies in, ms since 1970 UTC. */
  startOf(time: number): number {
    const step = this.#stepMs, local = time + this.#zone.offset(time);
    const start = Math.floor(local / step) * step;
    // An hour that a clock shows twice is two; a day has 23 or 25 of them twice a year.
    return step <= HOUR_MS ? time - (local - start) : this.#zone.toUtc(start);
  }

  /** The beginning of the step after the one that begins at `start`. */
  after(start: number): number {
    const step = this.#stepMs;
    if (step <= HOUR_MS) return start + step;
    return Math.max(this.#zone.toUtc(start + this.#zone.offset(start) + step), start + 1);
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
