/** Case 25: signals under load. */

import { seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

/** Without a terminal SIGHUP ends nothing, and loses nothing; nor does a second Ctrl+C. */
const SIGNALS: readonly (readonly Deno.Signal[])[] = [
  ["SIGTERM"],
  ["SIGINT"],
  ["SIGTERM", "SIGTERM"],
  ["SIGTERM", "SIGHUP"],
  ["SIGINT", "SIGINT"],
];
const DOUBLE_MS = 30;
const ROUNDS = { quick: 5, full: 100 };
const RATE = 5_000, MAX_WAIT_MS = 400, MAX_MS = 2_000;

/** @param keep Whether the session is kept, and publishing goes on. */
async function run(keep: boolean, { folder, quick, seed, say }: Context): Promise<Figures> {
  const random = seeded(seed);
  await using broker = await startBroker(folder);
  const flags = keep ? ["--keep-session"] : [];
  await using recorder = await Recorder.start({ folder, port: broker.port, flags });
  await using publisher = Publisher.start({ port: broker.port, rate: RATE });
  const { published } = publisher;
  const broken: string[] = [];
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  let worstMs = 0, recoveryMs = 0;
  for (let round = 0; round < rounds; round++) {
    await recorder.grows();
    await sleep(random(MAX_WAIT_MS));
    if (!keep) await publisher.pause();
    const [signal, again] = SIGNALS[round % SIGNALS.length]!;
    if (again) {
      recorder.program.child.kill(again);
      await sleep(DOUBLE_MS);
    }
    const { code, ms, stderr } = await recorder.end(signal!);
    worstMs = Math.max(worstMs, ms);
    if (code !== 0) broken.push(`${signal}: exit ${code}, saying ${stderr.trim()}`);
    if (ms > MAX_MS) broken.push(`${signal}: it took ${Math.round(ms)} ms to end`);
    const began = performance.now();
    await recorder.start();
    if (!keep) publisher.resume();
    recoveryMs = Math.max(recoveryMs, performance.now() - began + await recorder.grows());
    if (round % 10 === 9) say(`${round + 1} signals`);
  }
  await publisher.pause();
  await recorder.quiet([published]);
  await recorder.end("SIGTERM");
  const { problems } = await recorder.gapLog();
  return judge(await inspect(recorder.files, [published]), {
    faults: rounds,
    maxRssMb: recorder.maxRssMb,
    recoveryMs,
    note: `exit ${Math.round(worstMs)} ms after the signal at most`,
    broken: [...problems, ...broken],
  });
}

export const signals: readonly FaultCase[] = [
  {
    number: 25,
    name: "signals under load with session",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: (context) => run(true, context),
  },
  {
    number: 25,
    name: "signals after the last message",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: (context) => run(false, context),
  },
];
