/**
 * Compares this checkout with another, in rounds that take turns: `bench --before FOLDER`.
 *
 * Processor time is compared by its minimum over the rounds: other programs of the machine can only
 * add to it, while they shift every rate.
 */

import { resolve } from "node:path";
import { type Competitor, COMPETITORS, mqttrecIn } from "./competitors.ts";
import { measureLatency } from "./latency.ts";
import { makeLoad } from "./load.ts";
import { breaksOf, type NamedLoad } from "./loads.ts";
import { assertRows } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { quantile, ratio, spread } from "./stats.ts";
import type { Cell } from "./table.ts";
import { type Figures, runTrial } from "./trial.ts";

/** Loads with the messages of a round: enough that the start does not count. */
const LOADS: readonly (readonly [NamedLoad, number])[] = [
  [{ name: "25 B plain", among: "all" }, 4_000_000],
  [{ name: "25 B of JSON", kind: "json", among: "all" }, 3_000_000],
  [{ name: "1 KB", size: 1024, among: "all" }, 1_000_000],
  [
    { name: "QoS 1, 1,000 in flight", qos: 1, window: 1_000, onDisk: true, among: "all" },
    3_000_000,
  ],
  [{ name: "QoS 1, 20 in flight", qos: 1, window: 20, onDisk: true, among: "all" }, 100_000],
];
const QUICK_SHARE = 0.01;
const LATENCY_RATE = 1_000;
/** A change that costs more than this part is reported. */
const TOLERANCE = 0.03;

/** One round of each version; every second round begins with the other. */
function inTurn<T>(versions: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? versions : versions.toReversed();
}

async function compareLoad(
  [load, messages]: readonly [NamedLoad, number],
  versions: readonly Competitor[],
  { runs, quick, folder, memory, say }: Setting,
): Promise<readonly Figures[][]> {
  const packets = makeLoad(load);
  const count = Math.ceil(messages * (quick ? QUICK_SHARE : 1));
  const all: Figures[][] = versions.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (const competitor of inTurn(versions, round)) {
      const run = `${load.onDisk ? folder : memory}/run`;
      const figures = await runTrial({ competitor, load, packets, count, folder: run });
      await assertRows(`${run}/data`, count, count * breaksOf(load));
      await Deno.remove(run, { recursive: true });
      all[versions.indexOf(competitor)]!.push(figures);
    }
    say(`${load.name}, round ${round + 1} of ${runs}`);
  }
  return all;
}

async function compareLatency(
  qos: 0 | 1,
  versions: readonly Competitor[],
  setting: Setting,
): Promise<readonly number[][]> {
  const all: number[][] = versions.map(() => []);
  for (let round = 0; round < setting.runs; round++) {
    for (const competitor of inTurn(versions, round)) {
      const { toFiles } = await measureLatency(LATENCY_RATE, qos, setting, { competitor });
      all[versions.indexOf(competitor)]!.push(quantile(toFiles, 0.5));
    }
    setting.say(`latency, QoS ${qos}, round ${round + 1} of ${setting.runs}`);
  }
  return all;
}

async function run(setting: Setting): Promise<Result> {
  const before = mqttrecIn(resolve(setting.before!));
  if (!await before.isHere()) throw new Error(`There is no mqttrec in ${setting.before}`);
  const versions = [before, COMPETITORS.mqttrec];
  const rows: Cell[][] = [], notMet: string[] = [];
  for (const load of LOADS) {
    const [old, now] = await compareLoad(load, versions, setting) as [Figures[], Figures[]];
    const rates = ratio(now.map(({ rate }) => rate), old.map(({ rate }) => rate));
    const cpu = (figures: readonly Figures[]) =>
      spread(figures.map(({ cpuPerMillion }) => cpuPerMillion)).min;
    const cost = cpu(now) / cpu(old);
    rows.push([
      load[0].name,
      spread(old.map(({ rate }) => rate)),
      spread(now.map(({ rate }) => rate)),
      rates,
      cpu(old),
      cpu(now),
      cost,
    ]);
    if (rates.median < 1 - TOLERANCE && cost > 1 + TOLERANCE) {
      notMet.push(`${load[0].name}: ${rates.median.toFixed(3)} of the rate before`);
    }
  }
  for (const qos of [0, 1] as const) {
    const [old, now] = await compareLatency(qos, versions, setting) as [number[], number[]];
    const name = `QoS ${qos}, 1,000 msg/s, p50 in both files, ms`;
    rows.push([name, spread(old), spread(now), ratio(now, old), "", "", ""]);
  }
  return {
    columns: [
      "messages",
      "before, msg/s",
      "now, msg/s",
      "now ÷ before",
      "CPU s before",
      "CPU s now",
      "CPU now ÷ before",
    ],
    rows,
    facts: [
      "CPU s per million messages: the minimum of all rounds, because other programs can only add to it",
    ],
    notMet,
  };
}

export const beforeAfter: Section = { name: "before and after", run };
