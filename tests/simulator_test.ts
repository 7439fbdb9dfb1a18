import assert from "node:assert/strict";
import type { Message } from "../lib/message.ts";
import { simulate } from "../lib/simulator.ts";
import { FakeClock } from "./fake_clock.ts";

const decoder = new TextDecoder();

/** What `sensors` sensors publish in `ms` milliseconds. */
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

Deno.test("simulate() lets every sensor speak in every interval, each at its own time", async () => {
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

Deno.test("simulate() publishes the same values for the same seed, whatever the day", async () => {
  const texts = ({ messages }: { messages: Message[] }, topic: string) =>
    messages.filter((m) => m.topic === topic).map(({ payload }) => decoder.decode(payload));
  const one = await run(7, 42, 20_000);
  const two = await run(7, 42, 20_000, Date.UTC(2031, 5, 1, 3));
  const other = await run(7, 43, 20_000);
  for (const topic of ["sensors/temperature", "sensors/light", "sensors/battery"]) {
    assert.deepEqual(texts(one, topic), texts(two, topic));
  }
  assert.notDeepEqual(texts(one, "sensors/temperature"), texts(other, "sensors/temperature"));
});

Deno.test("simulate() waits for a publish before the sensor's next value", async () => {
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

Deno.test("simulate() fails when a publish fails, but not once it is told to stop", async () => {
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
