import assert from "node:assert/strict";
import { planSensors, type SensorKind, SENSORS } from "../../../lib/simulator/sensors/mod.ts";
import { isValidTopic } from "../../../lib/message/topic.ts";
import { each, sample } from "./sample.ts";

const KINDS = Object.keys(SENSORS) as SensorKind[];

const RANGES: Readonly<Record<SensorKind, readonly [number, number, RegExp]>> = {
  temperature: [12, 31, /^\d\d\.\d$/],
  humidity: [15, 85, /^\d\d\.\d$/],
  pressure: [960, 1060, /^\d{3,4}\.\d$/],
  light: [0, 12_000, /^\d+$/],
  co2: [400, 2000, /^\d+$/],
  motion: [0, 1, /^[01]$/],
  battery: [2.9, 4.25, /^\d\.\d\d$/],
};

for (const kind of KINDS) {
  Deno.test(`${kind}() stays in its range and writes its decimals`, async () => {
    const [min, max, pattern] = RANGES[kind];
    for (const seed of [0, 7, 4_294_967_295]) {
      for (const { text, value } of await sample(kind, 5, { seed })) {
        assert.match(text, pattern);
        assert.ok(value >= min && value <= max, text);
      }
    }
  });

  Deno.test(`${kind}() repeats its values for the same random stream only`, async () => {
    assert.deepEqual(await sample(kind, 1, { seed: 1 }), await sample(kind, 1, { seed: 1 }));
    assert.notDeepEqual(await sample(kind, 1, { seed: 1 }), await sample(kind, 1, { seed: 2 }));
  });

  Deno.test(`${kind}() yields valid values while the clock goes back, stands still or jumps`, async () => {
    const times = [1e12, 1e12 - 3_600_000, 1e12, 1e12, 1e12 + 1e11, 0];
    const texts: string[] = [];
    for await (const text of SENSORS[kind](each(times), { random: () => 0.5 })) texts.push(text);
    assert.equal(texts.length, times.length);
    for (const text of texts) assert.match(text, RANGES[kind][2]);
  });

  Deno.test(`${kind}() ends with its ticks`, async () => {
    const next = await SENSORS[kind](each<number>([]), { random: () => 0 }).next();
    assert.equal(next.done, true);
  });
}

Deno.test("planSensors() names the first of a kind plainly and numbers the others", () => {
  const topics = planSensors(15).map(({ topic }) => topic);
  assert.deepEqual(topics.slice(0, 7), KINDS.map((kind) => `sensors/${kind}`));
  assert.equal(topics[7], "sensors/temperature/2");
  assert.equal(topics[14], "sensors/temperature/3");
});

Deno.test("planSensors() gives every sensor a valid topic of its own", () => {
  const topics = planSensors(1000).map(({ topic }) => topic);
  assert.equal(new Set(topics).size, 1000);
  for (const topic of topics) assert.ok(isValidTopic(topic), topic);
});
