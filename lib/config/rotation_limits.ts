/** What `--rotate` says: after which time, size or number of rows files are finished. */

import { UsageError } from "../locale/errors.ts";
import { type SettingReader, sizeOf, timeOf } from "./setting_reader.ts";

/** Whichever comes first; undefined: no limit of that kind. */
export interface RotationLimits {
  /** Aligned to the local clock: less than a day, or whole days. In ms. */
  readonly periodMs: number | undefined;
  /** Size of the largest file, in bytes. */
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
}

const DAY_MS = 86_400_000;
const MIN_PERIOD_MS = 1_000, MAX_PERIOD_MS = 366 * DAY_MS;
/** A smaller one would finish a file with every commit. */
const MIN_BYTES = 1_000;

/**
 * Reads a repeatable setting; a number alone is rows, one with B is a size.
 *
 * @returns undefined where it is not given.
 * @throws {UsageError} A value is none of these.
 */
export function rotationLimits(
  reader: Pick<SettingReader, "all" | "bad">,
): RotationLimits | undefined {
  const values = reader.all("rotate");
  if (values === undefined) return undefined;
  let [periodMs, bytes, rows] = [Infinity, Infinity, Infinity];
  const bad = (value: string): UsageError => reader.bad("rotate", value);
  for (const value of values) {
    const text = value.trim();
    if (/^\d{1,15}$/.test(text)) {
      if (Number(text) === 0) throw bad(value);
      rows = Math.min(rows, Number(text));
    } else if (/b$/i.test(text)) {
      const size = sizeOf(text);
      if (!(size >= MIN_BYTES && size <= Number.MAX_SAFE_INTEGER)) throw bad(value);
      bytes = Math.min(bytes, size);
    } else {
      // A capital M may be meant for megabytes.
      const ms = /M/.test(text) ? NaN : timeOf(text);
      const fits = ms >= MIN_PERIOD_MS && ms <= MAX_PERIOD_MS &&
        (ms < DAY_MS || ms % DAY_MS === 0);
      if (!fits) throw bad(value);
      periodMs = Math.min(periodMs, ms);
    }
  }
  const finite = (n: number) => n === Infinity ? undefined : n;
  return { periodMs: finite(periodMs), bytes: finite(bytes), rows: finite(rows) };
}

/**
 * The bytes that all finished files together may take.
 *
 * @param rotate When they are finished.
 * @throws {UsageError} No finished file would be so small: each would be deleted at once.
 */
export function maxTotal(
  reader: Pick<SettingReader, "size" | "text" | "label">,
  rotate: RotationLimits | undefined,
): number | undefined {
  const most = reader.size("max-total", Number.MAX_SAFE_INTEGER);
  if (most === undefined || rotate === undefined || most >= (rotate.bytes ?? MIN_BYTES)) {
    return most;
  }
  const value = reader.text("max-total")!, label = reader.label("max-total");
  throw new UsageError((t) => t.rotate.tooSmallTotal(label, value));
}
