/** Measures resident memory over a long run, which must not grow with the recording. */

import { statfs } from "node:fs/promises";
import { sleep } from "../faults/wait.ts";
import { COMPETITORS, type Task } from "./competitors.ts";
import { makeLoad, topicOf } from "./load.ts";
import { memoryMb } from "./process.ts";
import { assertRows } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { median } from "./stats.ts";
import { subscribed } from "./subscribed.ts";
import type { Cell } from "./table.ts";

const MILLION = 1_000_000;
const RUNS = [
  { name: "QoS 0", qos: 0, window: Infinity, full: 20 * MILLION, quick: MILLION },
  { name: "QoS 1, 1,000 in flight", qos: 1, window: 1_000, full: 5 * MILLION, quick: MILLION / 5 },
] as const;
const MAX_GROWTH_MB = 10, MAX_MB = 200;
const SAMPLE_MS = 50;
/** Samples around a time; their median smooths the sawtooth of garbage collection. */
const AROUND = 10;
/** Upper estimate of the bytes of a row in both files. */
const ROW_BYTES = 300;
const TOPICS = 1_000, PAYLOAD = 25;

/** Mean bytes of a row in CSV, over whole rounds of the topics. */
function csvRowBytes(): number {
  const others = "2026-11-23T10:00:00.123Z,,,utf-8,0,false,false\r\n".length;
  let topics = 0;
  for (let i = 0; i < TOPICS; i++) topics += topicOf(i).length;
  return others + PAYLOAD + topics / TOPICS;
}

async function measure(
  { name, qos, window, full, quick }: (typeof RUNS)[number],
  setting: Setting,
): Promise<{ row: Cell[]; notMet: string[] }> {
  const count = setting.quick ? quick : full;
  const folder = `${setting.folder}/run`;
  const { bavail, bsize } = await statfs(setting.folder);
  if (bavail * bsize < count * ROW_BYTES) throw new Error(`No room for ${count} rows on the disk`);
  const task = (port: number): Task => ({ port, count, qos, folder });
  const early = Math.min(MILLION, count / 4);
  const samples: number[] = [];
  let atEarly = Infinity;
  let peak: number;
  {
    await using run = await subscribed((port) => COMPETITORS.mqttrec.command(task(port)), folder);
    const { program, subscriber } = run;
    let over = false;
    void program.exited.then(() => over = true);
    void subscriber.blast(makeLoad({ topics: TOPICS, size: PAYLOAD, qos }), { count, window });
    for (; !over; await sleep(SAMPLE_MS)) {
      const now = memoryMb(program.pid, "VmRSS");
      if (Number.isNaN(now)) continue;
      samples.push(now);
      if (atEarly < Infinity) continue;
      const { size } = await Deno.stat(`${folder}/data.csv`);
      if (size / csvRowBytes() >= early) atEarly = samples.length - 1;
    }
    await run.finished;
    peak = program.peakMb;
  }
  await assertRows(`${folder}/data`, count, 0);
  await Deno.remove(folder, { recursive: true });
  const begin = median(samples.slice(Math.max(0, atEarly - AROUND / 2), atEarly + AROUND / 2));
  const end = median(samples.slice(-AROUND));
  const notMet = [];
  if (!setting.quick && end > begin + MAX_GROWTH_MB) {
    notMet.push(`${name}: memory grows from ${begin} to ${end} MB`);
  }
  if (peak > MAX_MB) notMet.push(`${name}: ${Math.round(peak)} MB at most, not ${MAX_MB}`);
  setting.say(`memory: ${name} done`);
  return { row: [name, count, begin, end, end - begin, peak], notMet };
}

async function run(setting: Setting): Promise<Result> {
  const all = [];
  for (const each of RUNS) all.push(await measure(each, setting));
  const early = setting.quick ? "a quarter" : "a million";
  return {
    columns: ["messages", "count", `MB after ${early}`, "MB at the end", "growth MB", "most MB"],
    rows: all.map(({ row }) => row),
    facts: [
      `Resident memory every ${SAMPLE_MS} ms, medians of ${AROUND} samples; the most there was is the system's`,
    ],
    notMet: all.flatMap(({ notMet }) => notMet),
  };
}

export const memory: Section = { name: "memory", run };
