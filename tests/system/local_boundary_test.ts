import assert from "node:assert/strict";
import { nextBoundary } from "../../lib/system/local_boundary.ts";

const HOUR = 3_600_000, DAY = 24 * HOUR;

/** The offset of a time zone, from the tables of the system. */
function zone(name: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  return (ms) => {
    const text = format.format(ms);
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(text)!;
    if (sign === undefined) return 0;
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
}

const paris = zone("Europe/Paris");

/** All boundaries from `from` up to and including `to`. */
function boundaries(from: number, to: number, period: number, offsetAt = paris): number[] {
  const all: number[] = [];
  for (let at = from; (at = nextBoundary(at, period, offsetAt)) <= to;) all.push(at);
  return all;
}

/** Midnights in Paris around a day. */
const WINTER = Date.UTC(2026, 0, 14, 23), SHORT = Date.UTC(2026, 2, 28, 23);
const LONG = Date.UTC(2026, 9, 24, 22);

Deno.test("nextBoundary() gives 24 full hours of a day, 23 or 25 where the clock is changed", () => {
  for (const [midnight, hours] of [[WINTER, 24], [SHORT, 23], [LONG, 25]] as const) {
    const all = boundaries(midnight, midnight + hours * HOUR, HOUR);
    assert.deepEqual(all, Array.from({ length: hours }, (_, i) => midnight + (i + 1) * HOUR));
    assert.deepEqual(boundaries(midnight, midnight + hours * HOUR, DAY), [midnight + hours * HOUR]);
  }
});

Deno.test("nextBoundary() aligns to the clock, whenever it is asked", () => {
  for (
    const [period, after] of [[HOUR, HOUR], [HOUR / 4, HOUR / 4], [6 * HOUR, 6 * HOUR]] as const
  ) {
    for (const ms of [0, 1, 1000, after - 1]) {
      assert.equal(nextBoundary(WINTER + ms, period, paris), WINTER + after);
    }
  }
});

Deno.test("nextBoundary() begins again at midnight where a period does not divide the day", () => {
  const all = boundaries(WINTER, WINTER + DAY, 7 * HOUR);
  assert.deepEqual(all, [7, 14, 21, 24].map((hours) => WINTER + hours * HOUR));
});

Deno.test("nextBoundary() keeps six o'clock at six o'clock on a day of 23 or 25 hours", () => {
  assert.deepEqual(
    boundaries(SHORT, SHORT + 23 * HOUR, 6 * HOUR),
    [5, 11, 17, 23].map((hours) => SHORT + hours * HOUR),
  );
  assert.deepEqual(
    boundaries(LONG, LONG + 25 * HOUR, 6 * HOUR),
    [7, 13, 19, 25].map((hours) => LONG + hours * HOUR),
  );
});

Deno.test("nextBoundary() begins weeks on Mondays", () => {
  const next = nextBoundary(WINTER, 7 * DAY, paris);
  const day = new Intl.DateTimeFormat("en-US", { timeZone: "Europe/Paris", weekday: "long" });
  assert.equal(day.format(next), "Monday");
  assert.equal(next, Date.UTC(2026, 0, 18, 23));
});

Deno.test("nextBoundary() knows days without midnight, half hours, and a midnight that comes twice", () => {
  // In Cairo the clock goes from 24:00 to 1:00 on the last Friday of April.
  const cairo = zone("Africa/Cairo"), gap = Date.UTC(2026, 3, 23, 22);
  assert.deepEqual(boundaries(gap - DAY, gap + 23 * HOUR, DAY, cairo), [gap, gap + 23 * HOUR]);
  // On Lord Howe Island it goes back by half an hour, from 2:00 to 1:30.
  const island = zone("Australia/Lord_Howe"), back = Date.UTC(2026, 3, 4, 15);
  assert.deepEqual(
    boundaries(back - HOUR, back + 2 * HOUR, HOUR, island),
    [back + HOUR / 2, back + 3 * HOUR / 2],
  );
  // In Cairo it goes back from 24:00 to 23:00 at the end of October.
  const twice = Date.UTC(2026, 9, 29, 21);
  assert.deepEqual(boundaries(twice - DAY, twice + 2 * HOUR, DAY, cairo), [twice + HOUR]);
});

Deno.test("nextBoundary() always goes on, in every hour of a year of every offset", () => {
  for (const name of ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Africa/Cairo"]) {
    const offsetAt = zone(name);
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2026, 11, 31);) {
      const next = nextBoundary(at, HOUR, offsetAt);
      assert.ok(next > at && next - at <= HOUR, `${name} ${new Date(at).toISOString()}`);
      at = next;
    }
  }
});
