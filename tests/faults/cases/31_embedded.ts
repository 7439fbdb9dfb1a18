/** Case 31: the built-in broker with eight clients, ended or killed while they publish. */

import { seeded } from "../../support/arbitrary.ts";
import { freePort } from "../../support/program.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge, sum } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher, type PublisherOptions } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const MB = 1024 * 1024;
const CLIENTS: readonly Omit<PublisherOptions, "port">[] = [
  { name: "a", qos: 1, rate: 1_000 },
  { name: "b", qos: 1, rate: 1_000, retain: true },
  { name: "c", qos: 1, rate: 1_000, pad: 1_000 },
  { name: "d", qos: 1, rate: Infinity, window: 20 },
  { name: "e", qos: 2, rate: 500 },
  { name: "f", qos: 2, rate: 500, retain: true },
  { name: "g", qos: 2, rate: 100, window: 1 },
  // A file must fit in one string of the reader, which is 512 MB.
  { name: "camera", qos: 1, rate: 2, window: 2, pad: 10 * MB, count: 30 },
];
const SIGNALS: readonly Deno.Signal[] = ["SIGTERM", "SIGKILL", "SIGINT", "SIGKILL"];
/** Recordings, and how often each is ended. */
const RECORDINGS = { quick: 1, full: 5 }, ROUNDS = { quick: 4, full: 8 };
const MAX_WAIT_MS = 1_500, MAX_END_MS = 5_000;

/** One recording, ended `rounds` times. */
async function record(
  folder: string,
  rounds: number,
  random: (max: number) => number,
): Promise<Figures & { readonly worstMs: number; readonly large: number }> {
  const port = freePort();
  const flags = ["--embedded-broker"];
  await using recorder = await Recorder.start({ folder, port, qos: 2, flags });
  await using publishers = new AsyncDisposableStack();
  const all = CLIENTS.map((client) => publishers.use(Publisher.start({ ...client, port })));
  const published = all.map((publisher) => publisher.published);
  const broken: string[] = [];
  let worstMs = 0, recoveryMs = 0;
  for (let round = 0; round < rounds; round++) {
    await recorder.grows();
    await sleep(random(MAX_WAIT_MS));
    const signal = SIGNALS[round % SIGNALS.length]!;
    const { code, ms, stderr } = await recorder.end(signal);
    if (signal !== "SIGKILL") {
      worstMs = Math.max(worstMs, ms);
      if (code !== 0) broken.push(`${signal}: exit ${code}, saying ${stderr.trim()}`);
      if (ms > MAX_END_MS) broken.push(`${signal}: it took ${Math.round(ms)} ms to end`);
    }
    const began = performance.now();
    await recorder.start();
    recoveryMs = Math.max(recoveryMs, performance.now() - began + await recorder.grows());
  }
  for (const publisher of all) await publisher.pause();
  await recorder.end("SIGTERM");
  const { maxRssMb } = recorder;
  const found = await inspect(recorder.files, published);
  return {
    ...judge(found, { faults: rounds, maxRssMb, recoveryMs, broken }),
    worstMs,
    large: published.find(({ name }) => name === "camera")!.sent.length,
  };
}

async function run({ folder, quick, seed, say }: Context): Promise<Figures> {
  const random = seeded(seed + 30);
  const [recordings, rounds] = quick
    ? [RECORDINGS.quick, ROUNDS.quick]
    : [RECORDINGS.full, ROUNDS.full];
  const parts = [];
  for (let i = 0; i < recordings; i++) {
    const place = `${folder}/${i}`;
    await Deno.mkdir(place);
    parts.push(await record(place, rounds, random));
    await Deno.remove(place, { recursive: true });
    say(`${(i + 1) * rounds} ends`);
  }
  const large = parts.reduce((all, part) => all + part.large, 0);
  const worstMs = Math.max(...parts.map((part) => part.worstMs));
  return {
    ...sum(parts),
    note: `${large} payloads of 10 MB; exit ${Math.round(worstMs)} ms after the signal at most`,
  };
}

export const embedded: FaultCase = {
  number: 31,
  name: "built-in broker ended under eight clients",
  needs: ["linux"],
  inQuick: true,
  run,
};
