import assert from "node:assert/strict";
import { momentOf } from "../../lib/export/moment_text.ts";
import { Zone } from "../../lib/export/zone.ts";

const NOW = Date.parse("2026-11-26T16:35:12.345Z");
const paris = new Zone("Europe/Paris"), utc = new Zone("UTC");
const iso = (text: string, zone = paris) => {
  const moment = momentOf(text, NOW, zone);
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

Deno.test("momentOf() reads dates and times, in the zone unless they have an offset", () => {
  for (
    const [text, expected] of [
      ["2026-11-26", "2026-11-25T23:00:00.000Z"],
      ["2026-07-01", "2026-06-30T22:00:00.000Z"],
      ["2026-11-26T08:30", "2026-11-26T07:30:00.000Z"],
      ["2026-11-26 08:30:05", "2026-11-26T07:30:05.000Z"],
      ["2026-11-26T08:30:05.1234", "2026-11-26T07:30:05.123Z"],
      ["2026-11-26T08:30:05,1", "2026-11-26T07:30:05.100Z"],
      ["2026-11-26T08:30Z", "2026-11-26T08:30:00.000Z"],
      ["2026-11-26T08:30:00.000z", "2026-11-26T08:30:00.000Z"],
      ["2026-11-26T08:30-05:00", "2026-11-26T13:30:00.000Z"],
      ["2026-11-26T08:30+0530", "2026-11-26T03:00:00.000Z"],
      ["08:30", "2026-11-26T07:30:00.000Z"],
      ["8:30:01", "2026-11-26T07:30:01.000Z"],
      ["now", "2026-11-26T16:35:12.345Z"],
      ["today", "2026-11-25T23:00:00.000Z"],
      ["Aujourd'hui", "2026-11-25T23:00:00.000Z"],
      ["hier", "2026-11-24T23:00:00.000Z"],
      ["yesterday", "2026-11-24T23:00:00.000Z"],
      ["-2h", "2026-11-26T14:35:12.345Z"],
      ["-1h30m", "2026-11-26T15:05:12.345Z"],
      ["-1d", "2026-11-25T16:35:12.345Z"],
    ] as const
  ) assert.equal(iso(text), expected, text);
  assert.equal(iso("today", utc), "2026-11-26T00:00:00.000Z");
});

Deno.test("momentOf() refuses what is no moment", () => {
  const others = [
    "",
    "2026-13-01",
    "2026-02-30",
    "2026-11-26T25:00",
    "26/11/2026",
    "2h",
    "-",
    "-x",
  ];
  for (const text of [...others, "2026-11-26T08", "0001-01-01", "24:00", "2026-11-26T08:30+1"]) {
    assert.equal(iso(text), undefined, text);
  }
});
