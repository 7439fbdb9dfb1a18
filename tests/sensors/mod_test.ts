import assert from "node:assert/strict";
import { planSensors, type SensorKind, SENSORS } from "../../lib/sensors/mod.ts";
import { dayShare, Drift, seededRandom } from "../../lib/sensors/noise.ts";

const DAY = 86_400_000, MINUTE = 60_000;
const START = Date.UTC(2026, 5, 1);

/** A sensor's values, one a minute for `days` days. */
async function sample(kind: SensorKind, days: number, seed = 7) {
  const values: { hour: number; text: string; value: number }[] = [];
  const times: number[] = [];
  for (let time = START; time < START + days * DAY; time += MINUTE) times.push(time);
  const ticks = (async function* () {
    yield* times;
  })();
  for await (const text of SENSORS[kind](ticks, { random: seededRandom(seed, kind) })) {
    values.push({ hour: dayShare(times[values.length]!) * 24, text, value: Number(text) });
  }
  return values;
}

const mean = (values: readonly { value: number }[]) =>
  values.reduce((sum, { value }) => sum + value, 0) / values.length;

const RANGES: Readonly<Record<SensorKind, readonly [number, number, RegExp]>> = {
  temperature: [12, 31, /^\d\d\.\d$/],
  humidity: [15, 85, /^\d\d\.\d$/],
  pressure: [960, 1060, /^\d{3,4}\.\d$/],
  light: [0, 12_000, /^\d+$/],
  co2: [400, 2000, /^\d+$/],
  motion: [0, 1, /^[01]$/],
  battery: [2.9, 4.25, /^\d\.\d\d$/],
};

for (const kind of Object.keys(SENSORS) as SensorKind[]) {
  Deno.test(`${kind} stays in its range and writes its decimals`, async () => {
    const [least, most, pattern] = RANGES[kind];
    for (const { text, value } of await sample(kind, 5)) {
      assert.match(text, pattern);
      assert.ok(value >= least && value <= most, text);
    }
  });
}

/** What differs between the two halves of the day, and which is higher. */
const DAILY: readonly (readonly [SensorKind, (hour: number) => boolean])[] = [
  ["temperature", (hour) => hour > 11 && hour < 19],
  ["humidity", (hour) => hour < 7 || hour > 23],
  ["light", (hour) => hour > 9 && hour < 15],
  ["co2", (hour) => hour > 10 && hour < 18],
  ["motion", (hour) => hour > 9 && hour < 17],
];
for (const [kind, isHigh] of DAILY) {
  Deno.test(`${kind} follows the day`, async () => {
    const values = await sample(kind, 10);
    const high = mean(values.filter(({ hour }) => isHigh(hour)));
    const all = mean(values);
    assert.ok(high > all * 1.03, `${high} against ${all}`);
  });
}

Deno.test("values have inertia: temperature and pressure move little in a minute", async () => {
  for (const [kind, step] of [["temperature", 0.8], ["pressure", 1.5]] as const) {
    const values = await sample(kind, 3);
    for (const [i, { value }] of values.entries()) {
      if (i > 0) assert.ok(Math.abs(value - values[i - 1]!.value) <= step, `${kind} ${i}`);
    }
  }
});

Deno.test("battery discharges", async () => {
  const values = await sample("battery", 30);
  assert.ok(mean(values.slice(0, 1440)) > mean(values.slice(-1440)) + 0.05);
});

Deno.test("the same stream of chance gives the same values, another one does not", async () => {
  assert.deepEqual(await sample("co2", 1, 1), await sample("co2", 1, 1));
  assert.notDeepEqual(await sample("co2", 1, 1), await sample("co2", 1, 2));
});

Deno.test("Drift keeps its deviation whatever the time between two samples", () => {
  for (const step of [1_000, 600_000]) {
    const drift = new Drift(2, 60_000, seededRandom(3, `drift ${step}`));
    let sum = 0;
    const count = 20_000;
    for (let i = 0; i < count; i++) sum += drift.at(i * step) ** 2;
    const deviation = Math.sqrt(sum / count);
    assert.ok(deviation > 1.5 && deviation < 2.5, `${step}: ${deviation}`);
  }
});

Deno.test("planSensors() names the first of a kind plainly and numbers the others", () => {
  const topics = planSensors(15).map(({ topic }) => topic);
  assert.equal(topics[0], "sensors/temperature");
  assert.equal(topics[6], "sensors/battery");
  assert.equal(topics[7], "sensors/temperature/2");
  assert.equal(topics[14], "sensors/temperature/3");
  assert.equal(new Set(topics).size, 15);
});
