import assert from "node:assert/strict";
import { droppedSince, type DropReading, isReading } from "../../lib/message/drop_count.ts";

const AT = 1_700_000_000_000;

/** What a broker that began 1,000 s before `AT` tells `s` seconds after it. */
const events = (s: number, dropped: number, more: Partial<DropReading> = {}): DropReading => ({
  dropped,
  uptimeS: 1_000 + Math.floor(s),
  time: AT + s * 1000,
  ...more,
});

Deno.test("droppedSince() is the difference of two counts of the same broker", () => {
  assert.equal(droppedSince(events(0, 7), events(30, 7), AT + 5_000), 0);
  assert.equal(droppedSince(events(0, 7), events(30, 5_296), AT + 5_000), 5_289);
  // A retained uptime is as old as the broker's interval.
  assert.equal(droppedSince(events(9, 7, { uptimeS: 1_000 }), events(30, 8), AT + 10_000), 1);
});

Deno.test("droppedSince() knows nothing of a broker that may have begun to count anew", () => {
  const from = AT + 5_000;
  const cases: readonly (readonly [DropReading, DropReading])[] = [
    [events(0, 0), events(30, 0, { uptimeS: 24 })], // It began after `from`.
    [events(0, 0), events(30, 0, { uptimeS: 27 })], // It began after the first count.
    [events(0, 7), events(30, 3)],
    [events(0, 0), events(30, 0, { uptimeS: 3_000 })], // A clock was set back meanwhile.
    [events(31, 0), events(30, 0)],
  ];
  for (const [before, after] of cases) assert.equal(droppedSince(before, after, from), undefined);
  assert.equal(droppedSince(events(0, 0), events(30, 0), AT + 31_000), undefined);
});

Deno.test("droppedSince() needs no earlier count where a broker has never dropped anything", () => {
  assert.equal(droppedSince(undefined, events(30, 0), AT + 5_000), 0);
  assert.equal(droppedSince(undefined, events(30, 1), AT + 5_000), undefined);
  assert.equal(droppedSince(undefined, events(30, 0, { uptimeS: 25 }), AT + 5_000), undefined);
});

Deno.test("isReading() tells a reading from anything else", () => {
  assert.ok(isReading(events(0, 0)));
  for (const more of [{ dropped: -1 }, { dropped: 1.5 }, { uptimeS: -1 }, { time: 9e15 }]) {
    assert.ok(!isReading(events(0, 0, more)), JSON.stringify(more));
  }
  for (const value of [null, undefined, 1, "x", {}]) assert.ok(!isReading(value));
});
