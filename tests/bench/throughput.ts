/** Compares messages per second with other programs. */

import { makeLoad } from "./load.ts";
import { COMPETITORS } from "./competitors.ts";
import type { Competitor } from "./competitors.ts";
import { breaksOf, type CompetitorKey, FEW, LOADS, type NamedLoad } from "./loads.ts";
import { assertRows } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { median, ratio, spread } from "./stats.ts";
import type { Cell } from "./table.ts";
import { syncMs } from "./sync.ts";
import { type Figures, runTrial, type Trial } from "./trial.ts";

/** Duration of each run, in seconds. */
const SECONDS = { full: 3, quick: 0.3 };
/** Shortest run that shows the rate and not the start, as a share of that duration. */
const MIN_SHARE = 0.6;
const CALIBRATIONS = 5;
/** Upper bound of all payloads, to spare the disk. */
const MAX_BYTES = 1024 ** 3;
const KEYS = Object.keys(COMPETITORS) as CompetitorKey[];

async function keysHere(): Promise<readonly CompetitorKey[]> {
  const here: CompetitorKey[] = [];
  for (const key of KEYS) if (await COMPETITORS[key].isHere()) here.push(key);
  return here;
}

/** Runs it once, checks the recording and removes it. */
async function measure(key: CompetitorKey, trial: Trial): Promise<Figures> {
  try {
    const figures = await runTrial(trial);
    if (key === "mqttrec" || key === "compiled") {
      await assertRows(`${trial.folder}/data`, trial.count, trial.count * breaksOf(trial.load));
    }
    return figures;
  } catch (error) {
    throw new Error(`${trial.load.name}: ${trial.competitor.name}`, { cause: error });
  } finally {
    await Deno.remove(trial.folder, { recursive: true });
  }
}

/** Number of messages of this load for the wanted duration. */
async function calibrate(key: CompetitorKey, trial: Trial, quick: boolean): Promise<number> {
  const seconds = quick ? SECONDS.quick : SECONDS.full;
  const maxCount = Math.floor(MAX_BYTES / (trial.load.size ?? 25));
  const guess = Math.min(trial.competitor.guess, trial.load.maxGuess ?? Infinity);
  if (quick) return Math.ceil(guess * seconds);
  let count = Math.ceil(guess * seconds / 4);
  for (let i = 0; i < CALIBRATIONS; i++) {
    const figures = await measure(key, { ...trial, count });
    count = Math.min(maxCount, Math.ceil(figures.rate * seconds));
    if (figures.seconds >= seconds * MIN_SHARE || count === maxCount) break;
  }
  return count;
}

type Measured = Map<CompetitorKey, { count: number; figures: Figures[] }>;

/** Measures in interleaved rounds, so that other load on the machine affects all. */
async function measureLoad(
  load: NamedLoad,
  keys: readonly CompetitorKey[],
  { runs, quick, folder, memory, say }: Setting,
): Promise<Measured> {
  const packets = makeLoad(load);
  const all: Measured = new Map();
  const trialOf = (key: CompetitorKey, count: number): Trial => {
    const competitor: Competitor = COMPETITORS[key];
    return { competitor, load, packets, count, folder: `${load.onDisk ? folder : memory}/run` };
  };
  for (const key of keys) {
    all.set(key, { count: await calibrate(key, trialOf(key, 0), quick), figures: [] });
  }
  for (let round = 1; round <= runs; round++) {
    for (const [key, { count, figures }] of all) {
      const figure = await measure(key, trialOf(key, count));
      figures.push(figure);
      const rate = Math.round(figure.rate).toLocaleString("en-US");
      say(`${load.name}, round ${round}: ${COMPETITORS[key].name} ${rate} msg/s`);
    }
  }
  return all;
}

function detailRows(load: NamedLoad, all: Measured): Cell[][] {
  return [...all].map(([key, { count, figures }]) => [
    load.name,
    COMPETITORS[key].name,
    count,
    spread(figures.map(({ rate }) => rate)),
    spread(figures.map(({ peakMb }) => peakMb)),
    spread(figures.map(({ cpuPerMillion }) => cpuPerMillion)),
  ]);
}

/** Upper bound of the rate with few messages in flight. */
async function syncFact(folder: string): Promise<string> {
  const ms = await syncMs(folder);
  const maxRate = Math.round(20 / ms * 1000).toLocaleString("en-US");
  return `To write 3 KB to each of two files and sync both takes ${
    ms.toFixed(2)
  } ms here (median): ` +
    `with 20 in flight no program can acknowledge more than ${maxRate} synced messages a second`;
}

async function run(setting: Setting): Promise<Result> {
  const here = await keysHere();
  const others = here.filter((key) => key !== "mqttrec");
  const rows: Cell[][] = [], details: Cell[][] = [], notMet: string[] = [];
  for (const load of LOADS.filter(({ inQuick }) => inQuick || !setting.quick)) {
    const keys = load.among === "all" ? here : here.filter((key) => FEW.includes(key));
    const all = await measureLoad(load, keys, setting);
    const rates = (key: CompetitorKey) => all.get(key)!.figures.map(({ rate }) => rate);
    const times = (key: CompetitorKey) => ratio(rates("mqttrec"), rates(key));
    const own = all.get("mqttrec")!.figures;
    rows.push([
      load.name,
      spread(rates("mqttrec")),
      ...others.map((key) => all.has(key) ? times(key) : ""),
      median(own.map(({ peakMb }) => peakMb)),
      median(own.map(({ cpuPerMillion }) => cpuPerMillion)),
    ]);
    details.push(...detailRows(load, all));
    for (const [key, wanted] of Object.entries(load.required ?? {}) as [CompetitorKey, number][]) {
      if (!all.has(key) || times(key).median >= wanted) continue;
      const is = times(key).median.toFixed(2);
      notMet.push(`${load.name}: ${is} times ${COMPETITORS[key].name}, not ${wanted}`);
    }
  }
  const missing = KEYS.filter((key) => !here.includes(key)).map((key) => COMPETITORS[key].name);
  return {
    columns: [
      "messages",
      "mqttrec, msg/s",
      ...others.map((key) => `÷ ${COMPETITORS[key].name}`),
      "most MB",
      "CPU s per million",
    ],
    rows,
    details: {
      columns: ["messages", "by", "count", "msg/s", "most MB", "CPU s per million"],
      rows: details,
    },
    facts: [
      "From the answer to SUBSCRIBE to the end of the program, which is when its files are closed",
      setting.memory === setting.folder
        ? "All files lie on the disk"
        : "Files lie in memory, so that programs are compared and not disks, but for QoS 1 and where it says so",
      await syncFact(setting.folder),
      ...(missing.length > 0 ? [`Not installed here: ${missing.join("; ")}`] : []),
    ],
    notMet,
  };
}

export const throughput: Section = { name: "throughput", run };
