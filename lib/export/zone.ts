/** Time zones: how far a local clock is ahead of UTC, and times as text. */

import type { ByteBuffer } from "../message/byte_buffer.ts";
import { padded } from "../message/padded_copy.ts";
import { ascii } from "../message/utf8.ts";

/** Offsets change at quarters of an hour only, so one is looked up for each quarter. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000, MINUTE_MS = 60_000, SECOND_MS = 1000;
/** Years of four digits; beyond them there is no civil time, and UTC stands for it. */
const MIN_TIME = -62_135_596_800_000, MAX_TIME = 253_402_214_400_000;

/** The system's time zone, an IANA name. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether `name` is a time zone that Intl knows: `Europe/Paris`, `UTC`, `+02:00`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The clock of one time zone. */
export class Zone {
  readonly isUtc: boolean;
  readonly #format: Intl.DateTimeFormat;
  #quarter = NaN;
  #offset = 0;

  /** @throws {RangeError} There is no such time zone. */
  constructor(readonly name: string) {
    this.isUtc = name === "UTC";
    this.#format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  }

  /** What to add to `time` (ms since 1970 UTC) for the local clock, in ms; whole minutes. */
  offset(time: number): number {
    if (this.isUtc) return 0;
    const quarter = Math.floor(time / QUARTER_MS);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#offset = time < MIN_TIME || time > MAX_TIME ? 0 : this.#lookUp(quarter * QUARTER_MS);
    }
    return this.#offset;
  }

  /** The time (ms since 1970 UTC) at which the local clock shows `local` (ms, as if it were UTC). */
  toUtc(local: number): number {
    // Of two that show the same the first, as a row must not be later than its messages.
    const first = local - this.offset(local - DAY_MS);
    if (first + this.offset(first) === local) return first;
    const guess = local - this.offset(local);
    return local - this.offset(guess);
  }

  #lookUp(time: number): number {
    const text =
      this.#format.formatToParts(time).find(({ type }) => type === "timeZoneName")!.value;
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(text) ?? [];
    if (sign === undefined) return 0;
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  }
}

const ZERO = 48;

/**
 * Times as ISO 8601 with milliseconds: `2026-11-26T17:35:00.123+01:00`, in UTC with a `Z`. Written
 * as bytes, the parts that a second shares once.
 */
export class IsoText {
  readonly #zone: Zone;
  #second = NaN;
  #before = padded(new Uint8Array());
  #after = padded(new Uint8Array());

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** Appends `time` (ms since 1970 UTC). */
  append(out: ByteBuffer, time: number): void {
    const second = Math.floor(time / SECOND_MS);
    if (second !== this.#second) this.#begin(second);
    out.appendConstant(this.#before);
    const ms = time - second * SECOND_MS;
    out.reserve(3);
    const { bytes } = out;
    bytes[out.length++] = ZERO + (ms / 100 | 0);
    bytes[out.length++] = ZERO + (ms / 10 | 0) % 10;
    bytes[out.length++] = ZERO + ms % 10;
    out.appendConstant(this.#after);
  }

  #begin(second: number): void {
    this.#second = second;
    const offset = this.#zone.offset(second * SECOND_MS);
    const local = new Date(second * SECOND_MS + offset).toISOString();
    const minutes = Math.abs(offset) / MINUTE_MS;
    const two = (n: number) => String(n).padStart(2, "0");
    const clock = `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    this.#before = padded(ascii(local.slice(0, -4)));
    this.#after = padded(ascii(this.#zone.isUtc ? "Z" : clock));
  }
}
