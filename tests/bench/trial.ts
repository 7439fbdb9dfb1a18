/** Runs one competitor with a number of messages, as fast as it accepts them. */

import { sleep, within } from "../faults/wait.ts";
import type { Load } from "./blast_broker.ts";
import { type Competitor, OUT } from "./competitors.ts";
import { type NamedLoad, printedBytes } from "./loads.ts";
import { subscribed } from "./subscribed.ts";

const RUN_MS = 120_000, POLL_MS = 5;

export interface Trial {
  readonly competitor: Competitor;
  readonly load: NamedLoad;
  readonly packets: Load;
  readonly count: number;
  /** Empty or missing. */
  readonly folder: string;
}

export interface Figures {
  readonly seconds: number;
  /** Messages per second. */
  readonly rate: number;
  /** The same until it leaves the broker: what it does with the files then is not in it. */
  readonly recordingRate: number;
  readonly peakMb: number;
  /** Processor seconds per million messages, without the start. */
  readonly cpuPerMillion: number;
}

/** Resolves when the file has this size. */
async function hasBytes(path: string, bytes: number): Promise<void> {
  while ((await Deno.stat(path)).size < bytes) await sleep(POLL_MS);
}

/**
 * Measures from the answer to its SUBSCRIBE to its end; leaves the recording in the folder.
 */
export async function runTrial(trial: Trial): Promise<Figures> {
  const { competitor, load, packets, count, folder } = trial;
  const qos = load.qos === 1 ? 1 : 0;
  const command = (port: number) => competitor.command({ port, count, qos, folder });
  const bytes = competitor.prints ? printedBytes(load, count, packets[4].count) : 0;
  await using run = await subscribed(command, folder);
  const { program, subscriber, finished } = run;
  const cpuBefore = program.cpuSeconds();
  const began = performance.now();
  const { window = Infinity } = load;
  void subscriber.blast(packets, { count, window });
  const done = competitor.prints
    ? Promise.race([hasBytes(`${folder}/${OUT}`, bytes), finished])
    : program.exited.then(() => {});
  let recordedMs = NaN;
  void subscriber.ended.then(() => recordedMs = performance.now() - began);
  await within(RUN_MS, done, `It does not take ${count} messages`);
  const seconds = (performance.now() - began) / 1000;
  if (!competitor.prints) await finished;
  const cpu = program.cpuSeconds() - cpuBefore;
  return {
    seconds,
    rate: count / seconds,
    recordingRate: count / (recordedMs / 1000),
    peakMb: program.peakMb,
    cpuPerMillion: cpu * 1e6 / count,
  };
}
