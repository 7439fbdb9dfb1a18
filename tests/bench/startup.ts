/** Measures the time from the start of the process to its SUBSCRIBE. */

import { withoutMosquitto } from "../support/mosquitto.ts";
import { COMPETITORS } from "./competitors.ts";
import { Program } from "./process.ts";
import type { Result, Section, Setting } from "./section.ts";
import { spread } from "./stats.ts";
import { subscribed } from "./subscribed.ts";

const RUNS = { full: 10, quick: 2 };
const REQUIRED_MS = 400;
const EMPTY = new URL("empty.ts", import.meta.url).pathname;

async function toSubscribe(key: keyof typeof COMPETITORS, folder: string): Promise<number> {
  const command = (port: number) => COMPETITORS[key].command({ port, count: 1, qos: 0, folder });
  await using run = await subscribed(command, folder);
  return run.startMs;
}

/** A program that does nothing, to measure start and end of Deno itself. */
async function emptyProgram(folder: string): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  const began = performance.now();
  await using program = Program.start([Deno.execPath(), "run", "--quiet", EMPTY], folder);
  await program.exited;
  return performance.now() - began;
}

async function run({ quick, folder, say }: Setting): Promise<Result> {
  const all = new Map<string, { measure: (folder: string) => Promise<number>; ms: number[] }>();
  all.set("an empty program, deno run, to its end", { measure: emptyProgram, ms: [] });
  for (const key of ["mqttrec", "compiled", "counting", "mosquittoSub"] as const) {
    const { name, isHere } = COMPETITORS[key];
    if (key === "mosquittoSub" && withoutMosquitto || !await isHere()) continue;
    all.set(name, { measure: (folder) => toSubscribe(key, folder), ms: [] });
  }
  // The first start fills the caches of Deno and the system.
  for (let round = 0; round <= (quick ? RUNS.quick : RUNS.full); round++) {
    for (const { measure, ms } of all.values()) {
      const took = await measure(`${folder}/run`);
      if (round > 0) ms.push(took);
      await Deno.remove(`${folder}/run`, { recursive: true });
    }
  }
  say("startup: done");
  const own = spread(all.get(COMPETITORS.mqttrec.name)!.ms).median;
  return {
    columns: ["start", "ms"],
    rows: [...all].map(([name, { ms }]) => [name, spread(ms)]),
    facts: ["From the start of the process to its SUBSCRIBE; caches are warm"],
    notMet: own > REQUIRED_MS ? [`${Math.round(own)} ms to subscribe, not ${REQUIRED_MS}`] : [],
  };
}

export const startup: Section = { name: "startup", run };
