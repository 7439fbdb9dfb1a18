/** Reads a moment as a person writes it: `2026-11-26T08:30`, `today`, `-2h`. */

import { timeOf } from "../config/setting_reader.ts";
import type { Zone } from "./zone.ts";

const DAY_MS = 86_400_000;
/** Days from today, by their names. */
const DAYS: ReadonlyMap<string, number> = new Map([
  ["today", 0],
  ["aujourd'hui", 0],
  ["aujourd’hui", 0],
  ["yesterday", -1],
  ["hier", -1],
  ["tomorrow", 1],
  ["demain", 1],
]);
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;

/**
 * The moment in ms since 1970 UTC; undefined if `text` is none.
 *
 * @param now The present, ms since 1970 UTC.
 * @param zone Of times without an offset; days begin at its midnight.
 */
export function momentOf(text: string, now: number, zone: Zone): number | undefined {
  const word = text.trim().toLowerCase();
  if (word === "now" || word === "maintenant") return now;
  const midnight = Math.floor((now + zone.offset(now)) / DAY_MS) * DAY_MS;
  const day = DAYS.get(word);
  if (day !== undefined) return zone.toUtc(midnight + day * DAY_MS);
  if (word.startsWith("-")) {
    const ms = timeOf(word.slice(1));
    return Number.isNaN(ms) ? undefined : now - ms;
  }
  const clock = CLOCK.exec(word);
  if (clock) {
    const ms = clockMs(clock[1]!, clock[2]!, clock[3]);
    return ms === undefined ? undefined : zone.toUtc(midnight + ms);
  }
  const [, year, month, date, hour = "0", minute = "0", second, fraction = "", offset] =
    DATE.exec(word) ?? [];
  if (year === undefined) return undefined;
  const ms = clockMs(hour, minute, second);
  const first = Date.UTC(Number(year), Number(month) - 1, Number(date));
  const made = new Date(first);
  const isDate = made.getUTCMonth() === Number(month) - 1 && made.getUTCDate() === Number(date);
  if (ms === undefined || !isDate || Number(year) < 100) return undefined;
  const local = first + ms + Math.floor(Number(`0.${fraction || 0}`) * 1000);
  if (offset === undefined) return zone.toUtc(local);
  if (offset === "z") return local;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return local - (offset.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

function clockMs(hour: string, minute: string, second = "0"): number | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  return h > 23 || m > 59 || s > 59 ? undefined : ((h * 60 + m) * 60 + s) * 1000;
}
