import assert from "node:assert/strict";
import {
  dailyWave,
  dayShare,
  Drift,
  gauss,
  occupancy,
  seededRandom,
} from "../../../lib/simulator/sensors/noise.ts";

const HOUR = 3_600_000;

function numbers(random: () => number, count: number): number[] {
  return Array.from({ length: count }, random);
}

Deno.test("seededRandom() repeats itself for the same seed and name only", () => {
  const one = numbers(seededRandom(1, "a"), 100);
  assert.deepEqual(one, numbers(seededRandom(1, "a"), 100));
  for (const other of [seededRandom(2, "a"), seededRandom(1, "b"), seededRandom(0, "a")]) {
    const shared = numbers(other, 100).filter((n) => one.includes(n));
    assert.deepEqual(shared, []);
  }
});

Deno.test("seededRandom() is uniform in [0, 1) and uncorrelated for any seed", () => {
  for (const seed of [0, 1, 42, 2 ** 32 - 1]) {
    const all = numbers(seededRandom(seed, "sensors/light"), 20_000);
    assert.ok(all.every((n) => n >= 0 && n < 1));
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const n of all) tenths[Math.floor(n * 10)]!++;
    // The standard deviation of each count is 42.
    assert.ok(tenths.every((count) => Math.abs(count - 2_000) < 210), tenths.join(" "));
    const product = all.slice(1).reduce((sum, n, i) => sum + (n - 0.5) * (all[i]! - 0.5), 0);
    assert.ok(Math.abs(product / all.length / (1 / 12)) < 0.04);
  }
});

Deno.test("gauss() has mean 0 and deviation 1, and is finite for extreme random numbers", () => {
  const random = seededRandom(5, "gauss");
  const all = numbers(() => gauss(random), 20_000);
  const mean = all.reduce((sum, n) => sum + n, 0) / all.length;
  const deviation = Math.sqrt(all.reduce((sum, n) => sum + n * n, 0) / all.length);
  assert.ok(Math.abs(mean) < 0.03, `${mean}`);
  assert.ok(Math.abs(deviation - 1) < 0.03, `${deviation}`);
  for (const edge of [0, 1 - 2 ** -32]) assert.ok(Number.isFinite(gauss(() => edge)));
});

Deno.test("Drift keeps its deviation for any time between two samples", () => {
  for (const step of [1_000, 600_000]) {
    const drift = new Drift(2, 60_000, seededRandom(3, `drift ${step}`));
    let sum = 0;
    const count = 20_000;
    for (let i = 0; i < count; i++) sum += drift.at(i * step) ** 2;
    const deviation = Math.sqrt(sum / count);
    assert.ok(deviation > 1.5 && deviation < 2.5, `${step}: ${deviation}`);
  }
});

Deno.test("Drift keeps its value while time stands still", () => {
  const drift = new Drift(2, 60_000, seededRandom(3, "still"));
  const value = drift.at(1_000);
  assert.equal(drift.at(1_000), value);
  assert.equal(drift.at(500), value);
});

Deno.test("dayShare() and dailyWave() follow the UTC day, before 1970 too", () => {
  assert.equal(dayShare(Date.UTC(2026, 5, 1, 6)), 0.25);
  assert.equal(dayShare(Date.UTC(1969, 11, 31, 18)), 0.75);
  assert.equal(dailyWave(Date.UTC(2026, 5, 1, 15), 15), 1);
  assert.ok(Math.abs(dailyWave(Date.UTC(2026, 5, 1, 3), 15) + 1) < 1e-9);
});

Deno.test("occupancy() is 1 in the working day, 0 at night, and has no steps", () => {
  assert.ok(occupancy(13 * HOUR) > 0.99);
  assert.ok(occupancy(2 * HOUR) < 0.01);
  for (let time = 0; time < 24 * HOUR; time += 60_000) {
    const share = occupancy(time);
    assert.ok(share >= 0 && share <= 1);
    assert.ok(Math.abs(occupancy(time + 60_000) - share) < 0.02);
  }
});
