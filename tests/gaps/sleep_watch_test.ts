import assert from "node:assert/strict";
import { SleepWatch } from "../../lib/gaps/sleep_watch.ts";

const WALL = 1_700_000_000_000;
const at = (ms: number, monotonic = ms) => ({ wall: WALL + ms, monotonic });

/** Ticks every second up to `toMs`. */
function awake(toMs: number): SleepWatch {
  const watch = new SleepWatch();
  for (let ms = 0; ms <= toMs; ms += 1_000) watch.tick(at(ms));
  return watch;
}

Deno.test("SleepWatch.tick() finds no sleep while ticks come in time, or a little late", () => {
  assert.equal(new SleepWatch().since(at(99_000)), undefined);
  assert.equal(awake(5_000).since(at(5_500)), undefined);
  const watch = awake(5_000);
  watch.tick(at(7_900));
  assert.equal(watch.since(at(8_000)), undefined);
});

Deno.test("SleepWatch.since() returns the previous tick right before and after a late one", () => {
  const previousRun = awake(5_000);
  assert.deepEqual(previousRun.since(at(65_000)), at(5_000));
  const after = awake(5_000);
  after.tick(at(65_000));
  after.tick(at(66_000));
  assert.deepEqual(after.since(at(66_500)), at(5_000));
  for (let ms = 67_000; ms <= 75_000; ms += 1_000) after.tick(at(ms));
  assert.equal(after.since(at(75_500)), undefined);
});

Deno.test("SleepWatch measures a sleep by the wall clock if the monotonic clock stopped", () => {
  const watch = awake(5_000);
  assert.deepEqual(watch.since(at(65_000, 5_100)), at(5_000, 5_100 - 60_000));
});

Deno.test("SleepWatch.tick() tells whether a connection can have survived a sleep", () => {
  const cases = [
    [7_900, 7_900, undefined], // Late.
    [65_000, 65_000, true], // The process was stopped.
    [35_000, 6_000, true], // The machine may have been suspended,
    [65_000, 6_000, false], // or its clock was set.
  ] as const;
  for (const [ms, monotonic, survivable] of cases) {
    const watch = new SleepWatch(30_000);
    watch.tick(at(5_000));
    const slept = watch.tick(at(ms, monotonic));
    const since = at(5_000, 5_000 - (ms - monotonic));
    assert.deepEqual(slept, survivable === undefined ? undefined : { since, survivable });
  }
});

Deno.test("SleepWatch.survived() forgets that sleep, and no later one", () => {
  for (const [since, wanted] of [[5_000, undefined], [4_000, at(5_000)]] as const) {
    const watch = awake(5_000);
    watch.tick(at(65_000));
    watch.survived(at(since));
    assert.deepEqual(watch.since(at(65_500)), wanted);
  }
});
