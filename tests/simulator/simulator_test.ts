import assert from "node:assert/strict";
import type { Message } from "../../lib/message/message.ts";
import { planSensors } from "../../lib/simulator/sensors/mod.ts";
import { simulate } from "../../lib/simulator/simulator.ts";
import { FakeClock } from "../support/fake_clock.ts";

const decoder = new TextDecoder();

/** The messages that `sensors` sensors publish in `ms` milliseconds. */
async function run(sensors: number, seed: number | undefined, ms: number, startMs?: number) {
  const clock = new FakeClock(startMs);
  const controller = new AbortController();
  const messages: Message[] = [];
  const publish = (message: Message) => {
    messages.push(message);
    return Promise.resolve();
  };
  const { signal } = controller;
  const done = simulate({ sensors, intervalMs: 1000, seed, qos: 1 }, { clock, publish, signal });
  await clock.advance(ms);
  controller.abort();
  await done;
  return { clock, messages };
}

Deno.test("simulate() publishes a value of every sensor in every interval, each at its own time", async () => {
  const { clock, messages } = await run(9, 1, 10_500);
  const byTopic = Map.groupBy(messages, ({ topic }) => topic);
  assert.equal(byTopic.size, 9);
  assert.ok(byTopic.has("sensors/temperature") && byTopic.has("sensors/humidity/2"));
  for (const [topic, spoken] of byTopic) {
    assert.ok(spoken.length >= 10 && spoken.length <= 11, `${topic}: ${spoken.length}`);
  }
  const first = [...byTopic.values()].map(([message]) => message!.time);
  assert.equal(new Set(first).size, 9);
  assert.equal(clock.sleeping, 0);
});

Deno.test("simulate() publishes the same values for the same seed on any day", async () => {
  const texts = ({ messages }: { messages: Message[] }, topic: string) =>
    messages.filter((m) => m.topic === topic).map(({ payload }) => decoder.decode(payload));
  const one = await run(7, 42, 20_000);
  const two = await run(7, 42, 20_000, Date.UTC(2031, 5, 1, 3));
  const other = await run(7, 43, 20_000);
  for (const { topic } of planSensors(7)) {
    assert.deepEqual(texts(one, topic), texts(two, topic));
  }
  assert.notDeepEqual(texts(one, "sensors/temperature"), texts(other, "sensors/temperature"));
});

Deno.test("simulate() awaits a publish before the sensor's next value", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const gate = Promise.withResolvers<void>();
  let published = 0;
  const publish = () => {
    published++;
    return gate.promise;
  };
  const { signal } = controller;
  const done = simulate(
    { sensors: 3, intervalMs: 100, seed: 1, qos: 0 },
    { clock, publish, signal },
  );
  await clock.advance(5_000);
  assert.equal(published, 3);
  controller.abort();
  gate.resolve();
  await done;
});

Deno.test("simulate() fails when a publish fails, unless its signal is aborted", async () => {
  const fail = async (abortFirst: boolean) => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const { signal } = controller;
    const publish = () => {
      if (abortFirst) controller.abort();
      return Promise.reject(new Error("gone"));
    };
    const done = simulate(
      { sensors: 1, intervalMs: 100, seed: 1, qos: 0 },
      { clock, publish, signal },
    );
    const outcome = done.then(() => "ended", (error) => error.message);
    await clock.advance(300);
    return await outcome;
  };
  assert.equal(await fail(false), "gone");
  assert.equal(await fail(true), "ended");
});

Deno.test("simulate() ends at once on abort while a publish never resolves", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const publish = () => new Promise<void>(() => {});
  const done = simulate(
    { sensors: 3, intervalMs: 100, seed: 1, qos: 1 },
    { clock, publish, signal },
  );
  await clock.advance(1_000);
  controller.abort();
  await done;
  assert.equal(clock.sleeping, 0);
});

Deno.test("simulate() leaves no sensor running when one cannot publish", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const publish = ({ topic }: Message) =>
    topic === "sensors/light" ? Promise.reject(new Error("gone")) : Promise.resolve();
  const done = simulate(
    { sensors: 7, intervalMs: 1000, seed: 1, qos: 0 },
    { clock, publish, signal },
  );
  const failed = assert.rejects(done, /gone/);
  await clock.advance(2_000);
  await failed;
  assert.equal(clock.sleeping, 0);
});

Deno.test("simulate() without an interval publishes at full speed, with a seed the same values", async () => {
  const texts = async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const heard: string[] = [];
    const publish = ({ topic, payload }: Message) => {
      heard.push(`${topic} ${decoder.decode(payload)}`);
      if (heard.length === 700) controller.abort();
      return Promise.resolve();
    };
    await simulate(
      { sensors: 7, intervalMs: 0, seed: 1, qos: 0 },
      { clock: new FakeClock(), publish, signal },
    );
    return heard;
  };
  const once = await texts();
  assert.deepEqual(once, await texts());
  const byTopic = Object.values(Object.groupBy(once, (text) => text.split(" ")[0]!));
  assert.deepEqual(byTopic.map((spoken) => spoken!.length), Array(7).fill(100));
});

Deno.test("simulate() publishes nothing if its signal is aborted before the start", async () => {
  const clock = new FakeClock();
  const publish = () => Promise.reject(new Error("published"));
  const parts = { clock, publish, signal: AbortSignal.abort() };
  await simulate({ sensors: 7, intervalMs: 10, seed: 1, qos: 0 }, parts);
});

Deno.test("simulate() with a long interval publishes first values within 3 s, then spread out", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const start = clock.now();
  const heard: { topic: string; after: number }[] = [];
  const publish = ({ topic, time }: Message) => {
    heard.push({ topic, after: time - start });
    return Promise.resolve();
  };
  const done = simulate(
    { sensors: 6, intervalMs: 60_000, seed: 3, qos: 1 },
    { clock, publish, signal },
  );
  await clock.advance(3_000);
  assert.equal(new Set(heard.map(({ topic }) => topic)).size, 6);
  assert.equal(heard[0]!.after, 0);
  heard.length = 0;
  await clock.advance(55_000);
  const gaps = heard.slice(1).map(({ after }, i) => after - heard[i]!.after);
  assert.deepEqual(gaps, [10_000, 10_000, 10_000, 10_000]);
  controller.abort();
  await done;
});

Deno.test("simulate() without a seed follows the time of day and never repeats itself", async () => {
  const noon = Date.UTC(2026, 5, 1, 12), night = Date.UTC(2026, 5, 1, 0);
  const texts = async (startMs: number, topic: string) =>
    (await run(7, undefined, 20_000, startMs)).messages
      .filter((message) => message.topic === topic)
      .map(({ payload }) => decoder.decode(payload)).join(" ");
  assert.match(await texts(night, "sensors/light"), /^0( 0)+$/);
  assert.notEqual(await texts(noon, "sensors/light"), await texts(noon, "sensors/light"));
});

Deno.test("simulate() publishes text with the requested QoS, not retained, not dup", async () => {
  const { messages } = await run(7, 5, 3_000);
  for (const { qos, retain, dup, payload } of messages) {
    assert.deepEqual({ qos, retain, dup }, { qos: 1, retain: false, dup: false });
    assert.match(decoder.decode(payload), /^\d+(\.\d+)?$/);
  }
});
