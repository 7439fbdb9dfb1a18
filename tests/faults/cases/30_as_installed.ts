/** 30: Mosquitto as it is installed, which keeps 1,000 messages for a client and drops the rest. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { cover, untrue } from "../coverage.ts";
import { describeGaps, type Gap } from "../gaps.ts";
import { judge, sum } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

/** What nobody writes into a configuration file; in a hurry, the count is published more often. */
const AS_INSTALLED = ["max_queued_messages 1000", "max_inflight_messages 20"];
const HURRY = ["sys_interval 1"];
/** Mosquitto publishes its count every eleven seconds, every two in a hurry. */
const COUNTED_MS = { quick: 4_500, full: 13_000 };
/** The second connection waits until the first has been there for six seconds. */
const STEADY_MS = 7_000;
const RATE = 1_000, LOW_RATE = 500, AROUND_MS = 2_000;
const ROUNDS = { quick: 1, full: 20 };

interface Scene {
  readonly recorder: Recorder;
  readonly proxy: Proxy;
  /** Starts a publisher that is ended with the case. */
  publish(options: object): Publisher;
}

interface Trial {
  readonly name: string;
  readonly flags?: readonly string[];
  /** Causes that a row may have. */
  readonly causes: readonly string[];
  /** Whether every message must be recorded. */
  readonly lossless?: boolean;
  /** Injects it; how long messages may have been missed, in ms. */
  run(scene: Scene): Promise<number>;
}

/** A steady publisher before, during and after `fault`. */
const during = (fault: (scene: Omit<Scene, "publish">) => Promise<void>, rate = RATE) =>
async (
  { recorder, proxy, publish }: Scene,
): Promise<number> => {
  const publisher = publish({ rate });
  await sleep(AROUND_MS);
  const began = performance.now();
  await fault({ recorder, proxy });
  const tookMs = performance.now() - began;
  await sleep(AROUND_MS);
  await publisher.pause();
  return tookMs;
};

/** Some publishers that send all they can at once. */
const burst = (options: object, publishers = 1) =>
async (
  { publish }: Scene,
): Promise<number> => {
  const all = Array.from(
    { length: publishers },
    (_, i) => publish({ name: `p${i}`, rate: Infinity, ...options }),
  );
  for (const publisher of all) await publisher.finished();
  return 0;
};

const TRIALS: readonly Trial[] = [
  {
    name: "killed, away for 6 s",
    causes: ["unclean end", "broker queue"],
    run: during(async ({ recorder }) => {
      await recorder.kill();
      await sleep(6_000);
      await recorder.start();
    }),
  },
  {
    name: "cut off for 1 s",
    causes: ["connection lost"],
    lossless: true,
    run: during(async ({ recorder, proxy }) => {
      const heard = recorder.lines.length;
      proxy.refuse();
      proxy.cut();
      await sleep(500);
      proxy.pass();
      await recorder.hears(/again/, heard);
    }, LOW_RATE),
  },
  {
    name: "frozen for 6 s",
    causes: ["process paused", "write stall"],
    lossless: true,
    run: during(async ({ recorder }) => {
      Deno.kill(recorder.pid, "SIGSTOP");
      await sleep(6_000);
      Deno.kill(recorder.pid, "SIGCONT");
    }),
  },
  {
    name: "disk frozen for 8 s",
    causes: ["write stall"],
    lossless: true,
    run: during(async ({ recorder }) => {
      await recorder.disk.set([
        { name: "stall", on: "sync", file: "csv", stallMs: 8_000, times: 1 },
      ]);
      await sleep(8_000);
    }),
  },
  {
    name: "40,000 at once from 8, MQTT 5",
    causes: ["broker queue", "overload"],
    lossless: true,
    run: burst({ count: 5_000 }, 8),
  },
  {
    name: "40,000 at once from 8, MQTT 3.1.1",
    flags: ["-V", "3.1.1"],
    causes: ["broker queue", "overload"],
    run: burst({ count: 5_000 }, 8),
  },
  {
    name: "30,000 of 5 KB with QoS 0",
    causes: ["broker queue", "overload"],
    run: burst({ count: 30_000, pad: 5_000, qos: 0 }),
  },
];

async function run(
  trial: Trial,
  { folder, quick, say }: Context,
  counted: boolean,
): Promise<Figures> {
  const lines = [...AS_INSTALLED, ...(quick ? HURRY : [])];
  await using broker = await startBroker(folder, { lines });
  using proxy = Proxy.start(() => broker.port);
  const { flags = [] } = trial;
  await using recorder = await Recorder.start({ folder, port: proxy.port, flags });
  await using ending = new AsyncDisposableStack();
  const publishers: Publisher[] = [];
  const publish = (options: object) => {
    const publisher = ending.use(Publisher.start({ port: broker.port, ...options }));
    publishers.push(publisher);
    return publisher;
  };
  await sleep(counted ? STEADY_MS : AROUND_MS);
  const faultMs = await trial.run({ recorder, proxy, publish });
  const published = publishers.map(({ published }) => published);
  await recorder.still();
  if (counted) await sleep(quick ? COUNTED_MS.quick : COUNTED_MS.full);
  const { code, stderr } = await recorder.end("SIGTERM");
  const found = await inspect(recorder.files, published);
  const { gaps, problems } = await recorder.gapLog();
  const coverage = cover(found.lost, gaps);
  const broken = [
    ...problems,
    ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    ...untrue(coverage, faultMs, counted),
    ...unknown(gaps, trial.causes),
  ];
  const note = `${trial.name}: lost ${found.lost.length} of ${found.published}, ` +
    `${describeGaps(gaps)}, at risk for ${(coverage.atRiskMs / 1000).toFixed(1)} s`;
  say(note);
  return judge(found, { faults: 1, maxRssMb: recorder.maxRssMb, note, broken }, {
    lost: trial.lossless ? 0 : Infinity,
    // What the broker had sent and not heard of is delivered again.
    duplicates: trial.causes.includes("unclean end") ? 2_000 : 1_000,
  });
}

/** Rows of another cause than those that the trial is about. */
function unknown(gaps: readonly Gap[], causes: readonly string[]): string[] {
  return gaps.filter(({ cause }) => !causes.includes(cause.split(":")[0]!))
    .map(({ cause }) => `a row that is about ${cause}`);
}

export const asInstalled: readonly FaultCase[] = TRIALS.map((trial) => ({
  number: 30,
  name: trial.name,
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run(context) {
    const rounds = context.quick ? ROUNDS.quick : ROUNDS.full;
    const parts: Figures[] = [];
    for (let round = 0; round < rounds; round++) {
      const folder = `${context.folder}/${round}`;
      await Deno.mkdir(folder);
      // Every second one ends before the broker's count comes.
      parts.push(await run(trial, { ...context, folder }, round % 2 === 0));
      await Deno.remove(folder, { recursive: true });
    }
    return sum(parts);
  },
}));
