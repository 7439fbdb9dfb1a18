/**
 * What `--rotate` costs: the same program with and without it, in rounds that take turns. Processor
 * time is compared by its minimum over the rounds, to which other programs can only add.
 */

import { type Competitor, mqttrecFlags } from "./competitors.ts";
import { programCommand } from "../support/program.ts";
import { measureLatency } from "./latency.ts";
import { makeLoad } from "./load.ts";
import type { NamedLoad } from "./loads.ts";
import { countLines } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { quantile, ratio, spread } from "./stats.ts";
import type { Cell } from "./table.ts";
import { type Figures, runTrial } from "./trial.ts";

/** Loads with the messages of a round: enough for several files. */
const LOADS: readonly (readonly [NamedLoad, number])[] = [
  [{ name: "25 B plain", among: "all" }, 8_000_000],
  [
    { name: "QoS 1, 1,000 in flight", qos: 1, window: 1_000, onDisk: true, among: "all" },
    3_000_000,
  ],
];
const QUICK_SHARE = 0.02;
/** A name, and its flags. */
type Variant = readonly [string, readonly string[]];

const VARIANTS: readonly Variant[] = [
  ["without", []],
  ["every 1,000,000 rows", ["--rotate", "1000000"]],
  ["every 100,000 rows", ["--rotate", "100000"]],
  ["every 1,000,000 rows, compressed", ["--rotate", "1000000", "--compress"]],
];
/**
 * What a rotation every 1,000,000 rows may cost of the rate until the program leaves the broker; the
 * sums that follow are a column of their own.
 */
const MOST = 0.05;

function competitor([name, flags]: Variant): Competitor {
  return {
    name,
    isHere: () => Promise.resolve(true),
    command: (task) => programCommand([...mqttrecFlags(task), ...flags], task.folder),
    guess: 400_000,
  };
}

/** Throws unless the CSV files of the set have this many rows together. */
async function assertSet(folder: string, rows: number): Promise<void> {
  let sum = 0;
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^data(?:_\d+_\d+T\d+Z)?\.csv(?:\.gz)?$/.test(name)) continue;
    const path = `${folder}/${name}`;
    if (name.endsWith(".gz")) {
      const { readable } = await Deno.open(path);
      await Deno.writeFile(
        path.slice(0, -3),
        readable.pipeThrough(new DecompressionStream("gzip")),
      );
      sum += await countLines(path.slice(0, -3)) - 1;
      await Deno.remove(path.slice(0, -3));
    } else sum += await countLines(path) - 1;
  }
  if (sum !== rows) throw new Error(`The set has ${sum} rows, not ${rows}`);
}

async function run({ runs, quick, folder, memory, say }: Setting): Promise<Result> {
  const rows: Cell[][] = [], notMet: string[] = [];
  for (const [load, messages] of LOADS) {
    const packets = makeLoad(load);
    const count = Math.ceil(messages * (quick ? QUICK_SHARE : 1));
    const all: Figures[][] = VARIANTS.map(() => []);
    for (let round = 0; round < runs; round++) {
      const order = [...VARIANTS.keys()];
      for (const i of round % 2 === 0 ? order : order.toReversed()) {
        const place = `${load.onDisk ? folder : memory}/run`;
        const trial = { competitor: competitor(VARIANTS[i]!), load, packets, count, folder: place };
        all[i]!.push(await runTrial(trial));
        await assertSet(place, count);
        await Deno.remove(place, { recursive: true });
      }
      say(`${load.name}, round ${round + 1} of ${runs}`);
    }
    const cpu = (figures: readonly Figures[]) =>
      spread(figures.map(({ cpuPerMillion }) => cpuPerMillion)).min;
    const best = (figures: readonly Figures[]) =>
      Math.max(...figures.map(({ recordingRate }) => recordingRate));
    for (const [i, [name]] of VARIANTS.entries()) {
      const [without, own] = [all[0]!, all[i]!];
      const rates = own.map(({ recordingRate }) => recordingRate);
      const relative = ratio(rates, without.map(({ recordingRate }) => recordingRate));
      const tails = own.map(({ seconds, recordingRate }) => seconds - count / recordingRate);
      rows.push([
        load.name,
        name,
        spread(rates),
        relative,
        best(own) / best(without),
        spread(tails),
        cpu(own),
        cpu(own) / cpu(without),
      ]);
      const tooMuch = relative.median < 1 - MOST && best(own) < (1 - MOST) * best(without);
      if (i === 1 && tooMuch) {
        notMet.push(`${load.name}: ${relative.median.toFixed(3)} of the rate`);
      }
    }
  }
  return {
    columns: [
      "messages",
      "finished",
      "msg/s",
      "÷ without",
      "best ÷ best without",
      "s until the end",
      "CPU s per million",
      "CPU ÷ without",
    ],
    rows,
    facts: [
      "msg/s: until it leaves the broker; s until the end: from there until the last finished file " +
      "is in the index, and compressed",
    ],
    notMet,
  };
}

export const rotating: Section = { name: "rotation", run };

/** Files of five seconds, so that several are finished and compressed in a round. */
const LATENCY_RATE = 10_000, LATENCY_ROWS = { full: 50_000, quick: 2_000 };

async function runLatency(setting: Setting): Promise<Result> {
  const rows: Cell[][] = [];
  const rowsPerFile = setting.quick ? LATENCY_ROWS.quick : LATENCY_ROWS.full;
  const rotate = ["--rotate", String(rowsPerFile)];
  const variants: readonly Variant[] = [
    ["without", []],
    [`every ${rowsPerFile.toLocaleString("en-US")} rows`, rotate],
    ["the same, compressed", [...rotate, "--compress"]],
  ];
  for (const qos of [0, 1] as const) {
    const all: number[][][] = variants.map(() => [[], []]);
    for (let round = 0; round < setting.runs; round++) {
      const order = [...variants.keys()];
      for (const i of round % 2 === 0 ? order : order.toReversed()) {
        const measured = await measureLatency(LATENCY_RATE, qos, setting, {
          competitor: competitor(variants[i]!),
          ...(i > 0 && { rowsPerFile, check: assertSet }),
        });
        for (const [k, share] of [0.5, 0.99].entries()) {
          all[i]![k]!.push(quantile(measured.toFiles, share));
        }
      }
      setting.say(`latency with rotation, QoS ${qos}, round ${round + 1} of ${setting.runs}`);
    }
    for (const [i, [name]] of variants.entries()) {
      const [p50, p99] = all[i]!.map((each) => spread(each));
      rows.push([`QoS ${qos}, ${LATENCY_RATE.toLocaleString("en-US")} msg/s`, name, p50!, p99!]);
    }
  }
  return {
    columns: ["messages", "finished", "in both files, p50 ms", "in both files, p99 ms"],
    rows,
    facts: ["A file is finished every five seconds, while the ones before are compressed"],
    notMet: [],
  };
}

export const rotatingLatency: Section = { name: "latency-with-rotation", run: runLatency };
