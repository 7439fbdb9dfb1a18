/** Measures the time from a message's arrival to its bytes in both files, at a given rate. */

import { within } from "../faults/wait.ts";
import { type Competitor, COMPETITORS } from "./competitors.ts";
import { FixedRows } from "./fixed_rows.ts";
import { assertRows } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { type Measured, Paced } from "./paced.ts";
import { quantile } from "./stats.ts";
import { subscribed } from "./subscribed.ts";
import type { Cell } from "./table.ts";

const RATES = [100, 1_000, 10_000, 100_000];
const SECONDS = { full: 10, quick: 0.5 }, WARM_UP_SECONDS = { full: 2, quick: 0.3 };
/** Upper bound of p99 in milliseconds, by rate. */
const REQUIRED_P99: Readonly<Record<number, number>> = { 1_000: 10, 100_000: 60 };
const END_MS = 60_000;

/** What is measured, if not mqttrec with one recording. */
interface Subject {
  /** Writes the files of mqttrec. */
  readonly competitor: Competitor;
  /** Rows of a file that is finished. @default {none is} */
  readonly rowsPerFile?: number;
  /** Throws unless the recording in a folder has all messages. */
  readonly check?: (folder: string, count: number) => Promise<void>;
}

const MQTTREC: Subject = { competitor: COMPETITORS.mqttrec };

/** Measures mqttrec, or another competitor that writes its files. */
export async function measureLatency(
  rate: number,
  qos: 0 | 1,
  { quick, folder }: Setting,
  { competitor, rowsPerFile, check }: Subject = MQTTREC,
): Promise<Measured> {
  const seconds = quick ? SECONDS.quick : SECONDS.full;
  const warmUp = Math.ceil(rate * (quick ? WARM_UP_SECONDS.quick : WARM_UP_SECONDS.full));
  const counted = rate * seconds;
  const count = 2 + warmUp + counted;
  const path = `${folder}/run`;
  const command = (port: number) => competitor.command({ port, count, qos, folder: path });
  let measured: Measured;
  {
    await using run = await subscribed(command, path);
    const rows = new FixedRows(`${path}/data`, rowsPerFile);
    const paced = new Paced(run.subscriber, qos, rows, count);
    // Stop at the end of either: a program that fails ends before everything is sent.
    const running = paced.run(rate).then(() => run.finished);
    running.catch(() => {});
    const ended = Promise.race([running, run.finished.then(() => running)]);
    await within((seconds + WARM_UP_SECONDS.full) * 1000 + END_MS, ended, "It does not end");
    measured = paced.figures(2 + warmUp);
  }
  if (check) await check(path, count);
  else await assertRows(`${path}/data`, count, 0);
  await Deno.remove(path, { recursive: true });
  return measured;
}

const SHARES = [0.5, 0.99, 0.999];

async function run(setting: Setting): Promise<Result> {
  const rows: Cell[][] = [], notMet: string[] = [];
  /** Worst poll intervals: p50 and p99. */
  const pollIntervals = [0, 0];
  for (const qos of [0, 1] as const) {
    for (const rate of RATES) {
      const { toFiles, toAck, pollMs, reached } = await measureLatency(rate, qos, setting);
      const shares = (all: Float64Array) =>
        SHARES.map((share) => all.length === 0 ? "" : quantile(all, share));
      rows.push([
        `QoS ${qos}, ${rate.toLocaleString("en-US")} msg/s`,
        reached,
        ...shares(toFiles),
        ...shares(toAck),
      ]);
      [0.5, 0.99].forEach((share, i) =>
        pollIntervals[i] = Math.max(pollIntervals[i]!, quantile(pollMs, share))
      );
      const p99 = quantile(toFiles, 0.99), max = REQUIRED_P99[rate] ?? Infinity;
      if (p99 > max) notMet.push(`${rows.at(-1)![0]}: p99 ${p99.toFixed(1)} ms, not ${max}`);
      setting.say(`latency: QoS ${qos}, ${rate} msg/s: p99 ${p99.toFixed(1)} ms`);
    }
  }
  const [middle, late] = pollIntervals.map((ms) => ms.toFixed(2));
  const titles = (what: string) => ["p50", "p99", "p99.9"].map((share) => `${what}, ${share} ms`);
  return {
    columns: ["messages", "sent, msg/s", ...titles("in both files"), ...titles("acknowledged")],
    rows,
    facts: [
      `The files are looked at every ${middle} ms (p99 ${late} ms), which is part of the figures`,
      "QoS 1: counted from when it is sent, with as many in flight as the recorder takes; acknowledged is synced to the disk",
    ],
    notMet,
  };
}

export const latency: Section = { name: "latency", run };
