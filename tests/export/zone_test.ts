import assert from "node:assert/strict";
import { Steps } from "../../lib/export/moments.ts";
import { IsoText, isTimeZone, Zone } from "../../lib/export/zone.ts";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";
import { seeded } from "../support/arbitrary.ts";

const HOUR = 3_600_000, DAY = 24 * HOUR;

function isoOf(zone: string, ...times: number[]): string[] {
  const text = new IsoText(new Zone(zone));
  return times.map((time) => {
    const out = new ByteBuffer(0);
    text.append(out, time);
    return new TextDecoder().decode(out.view());
  });
}

Deno.test("IsoText writes UTC as Date does, also before 1970 and beyond four digits", () => {
  const random = seeded(1);
  const times = [0, -1, 999, 8.64e15, -8.64e15, -62_167_219_200_001];
  for (let i = 0; i < 1000; i++) times.push((random(2 ** 31) - 2 ** 30) * 4001 + random(1000));
  assert.deepEqual(isoOf("UTC", ...times), times.map((time) => new Date(time).toISOString()));
});

Deno.test("IsoText writes the local clock and its offset, so that Date reads the time back", () => {
  const random = seeded(2);
  for (const zone of ["Europe/Paris", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe"]) {
    const times = Array.from({ length: 500 }, () => random(2 ** 31) * 1000 + random(1000));
    for (const [i, text] of isoOf(zone, ...times).entries()) {
      assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
      assert.equal(Date.parse(text), times[i]);
    }
  }
  assert.deepEqual(isoOf("Europe/Paris", Date.parse("2026-11-26T16:35:00.123Z")), [
    "2026-11-26T17:35:00.123+01:00",
  ]);
});

Deno.test("Zone.toUtc() finds the time that a local clock shows", () => {
  const paris = new Zone("Europe/Paris");
  for (const local of ["2026-07-01T12:00", "2026-11-26T12:00", "2026-03-29T04:00"]) {
    const utc = paris.toUtc(Date.parse(`${local}Z`));
    assert.equal(isoOf("Europe/Paris", utc)[0]!.slice(0, 16), local);
  }
  assert.deepEqual(["Europe/Paris", "UTC", "+02:00", "Paris", ""].map(isTimeZone), [
    ...[true, true, true, false, false],
  ]);
});

Deno.test("Steps begin on the local clock, also on days of 23 and 25 hours", () => {
  const paris = new Zone("Europe/Paris");
  const days = new Steps(DAY, paris);
  // The clocks go forward on March 29th and back on October 25th.
  for (
    const [day, hours] of [["2026-03-29", 23], ["2026-10-25", 25], ["2026-11-26", 24]] as const
  ) {
    const start = paris.toUtc(Date.parse(`${day}T00:00Z`));
    assert.equal(days.startOf(start), start);
    assert.equal(days.startOf(start + hours * HOUR - 1), start);
    assert.equal(days.after(start), start + hours * HOUR);
  }
  const first = paris.toUtc(Date.parse("2026-03-01T00:00Z"));
  const last = paris.toUtc(Date.parse("2026-12-01T00:00Z"));
  assert.equal(days.missing(first, last, 1000), 274);
  assert.equal(days.missing(first, last, 10), 11);
});

Deno.test("Steps of an hour or less tell the two hours apart that a clock shows twice", () => {
  const steps = new Steps(HOUR, new Zone("Europe/Paris"));
  const begin = Date.parse("2026-10-24T22:00:00Z");
  const starts = Array.from({ length: 100 }, (_, i) => steps.startOf(begin + i * HOUR / 4 + 1));
  assert.deepEqual([...new Set(starts)], Array.from({ length: 25 }, (_, i) => begin + i * HOUR));
  assert.equal(steps.missing(begin, begin + 25 * HOUR, Infinity), 24);
  // A zone whose offset is no whole hour.
  const kolkata = new Steps(HOUR, new Zone("Asia/Kolkata"));
  assert.equal(kolkata.startOf(Date.parse("2026-11-26T16:35Z")), Date.parse("2026-11-26T16:30Z"));
});
