/** One run of one competitor: so many messages, as fast as it takes them. */

import { sleep, within } from "../faults/wait.ts";
import { BlastBroker, type Load } from "./blast_broker.ts";
import { type Competitor, OUT } from "./competitors.ts";
import { type NamedLoad, printedBytes } from "./loads.ts";
import { Program } from "./process.ts";

const START_MS = 20_000, RUN_MS = 120_000, POLL_MS = 5;

export interface Trial {
  readonly competitor: Competitor;
  readonly load: NamedLoad;
  readonly packets: Load;
  readonly count: number;
  /** Empty, or not there yet. */
  readonly folder: string;
}

export interface Figures {
  readonly seconds: number;
  /** Messages per second. */
  readonly rate: number;
  readonly peakMb: number;
  /** Processor seconds per million messages, without its start. */
  readonly cpuPerMillion: number;
}

/** Resolves when the file is so long. */
async function hasBytes(path: string, bytes: number): Promise<void> {
  while ((await Deno.stat(path)).size < bytes) await sleep(POLL_MS);
}

/**
 * From the moment its SUBSCRIBE is answered to its end; what it recorded stays in the folder for
 * whoever wants to look.
 */
export async function runTrial(trial: Trial): Promise<Figures> {
  const { competitor, load, packets, count, folder } = trial;
  await Deno.mkdir(folder, { recursive: true });
  const bytes = competitor.prints ? printedBytes(load, count, packets[4].count) : 0;
  await using broker = new BlastBroker();
  const task = { port: broker.port, count, qos: load.qos === 1 ? 1 : 0, folder } as const;
  const subscribed = broker.subscriber();
  await using program = Program.start(competitor.command(task), folder);
  const failed = program.ended.then((code): never => {
    throw new Error(`${competitor.name} ended with ${code}:\n${program.said}`);
  });
  failed.catch(() => {});
  const subscriber = await within(START_MS, Promise.race([subscribed, failed]), "No SUBSCRIBE");
  const cpuBefore = program.cpuSeconds();
  const began = performance.now();
  const { window = Infinity } = load;
  void subscriber.blast(packets, { count, window });
  const done = competitor.prints
    ? Promise.race([hasBytes(`${folder}/${OUT}`, bytes), failed])
    : program.exited.then(() => {});
  await within(RUN_MS, done, `${competitor.name} does not take ${count} messages`);
  const seconds = (performance.now() - began) / 1000;
  const running = competitor.prints ? program.cpuSeconds() : 0;
  const code = competitor.prints ? await program.end().then(() => 0) : await program.ended;
  if (code !== 0) throw new Error(`${competitor.name} ended with ${code}:\n${program.said}`);
  const cpu = (competitor.prints ? running : program.cpuSeconds()) - cpuBefore;
  return {
    seconds,
    rate: count / seconds,
    peakMb: program.peakMb,
    cpuPerMillion: cpu * 1e6 / count,
  };
}
