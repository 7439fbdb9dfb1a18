import assert from "node:assert/strict";
import { Steps } from "../../lib/export/moments.ts";
import { Zone } from "../../lib/export/zone.ts";
import { seeded } from "../support/arbitrary.ts";

const HOUR = 3_600_000, DAY = 24 * HOUR;
const ZONES = ["UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"];

/** The beginnings of steps as a local clock shows them, from `from` on. */
function clockOf(zone: string, stepMs: number, from: string, count: number): string[] {
  const clock = new Zone(zone), steps = new Steps(stepMs, clock);
  let start = steps.startOf(Date.parse(from));
  return Array.from({ length: count }, () => {
    const shown = new Date(start + clock.offset(start)).toISOString().slice(5, 16);
    start = steps.after(start);
    return shown;
  });
}

Deno.test("Steps of some hours stay on the local grid when clocks change", () => {
  assert.deepEqual(clockOf("Europe/Paris", 2 * HOUR, "2026-03-28T23:30Z", 5), [
    ...["03-29T00:00", "03-29T03:00", "03-29T04:00", "03-29T06:00", "03-29T08:00"],
  ]);
  assert.deepEqual(clockOf("Europe/Paris", 2 * HOUR, "2026-10-24T22:30Z", 4), [
    ...["10-25T00:00", "10-25T02:00", "10-25T04:00", "10-25T06:00"],
  ]);
});

Deno.test("Steps of a week begin on a Monday, those of a day at midnight", () => {
  assert.deepEqual(clockOf("Europe/Paris", 7 * DAY, "2026-11-26T12:00Z", 2), [
    ...["11-23T00:00", "11-30T00:00"],
  ]);
  assert.deepEqual(clockOf("Europe/Paris", DAY, "2026-03-29T12:00Z", 2), [
    ...["03-29T00:00", "03-30T00:00"],
  ]);
});

Deno.test("Steps hold every moment: none begins after its messages, and they follow one another", () => {
  const random = seeded(29);
  const changes = [
    "2026-03-29T01:00Z",
    "2026-10-25T01:00Z",
    "2026-04-04T15:00Z",
    "2026-11-01T06:30Z",
  ];
  for (const name of ZONES) {
    const zone = new Zone(name);
    for (const stepMs of [1_000, HOUR, 2 * HOUR, 5 * HOUR, 12 * HOUR, DAY, 7 * DAY]) {
      const steps = new Steps(stepMs, zone);
      for (let i = 0; i < 200; i++) {
        const time = Date.parse(changes[random(4)]!) + random(4 * DAY) - 2 * DAY;
        const start = steps.startOf(time),
          told = `${name} ${stepMs} ${new Date(time).toISOString()}`;
        assert.ok(start <= time && time < steps.after(start), told);
        // Clocks that change by half an hour have hours of which the beginning shows another time.
        if (stepMs > HOUR) assert.equal(new Steps(stepMs, zone).startOf(start), start, told);
        assert.equal(new Steps(stepMs, zone).startOf(time), start, `${told}, whatever came before`);
      }
    }
  }
});
