/** 30: Mosquitto as it is installed, which keeps 1,000 messages for a client and drops the rest. */

import { AS_INSTALLED, COUNT, logged, startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { cover, untrue } from "../coverage.ts";
import { describeGaps, type Gap } from "../gaps.ts";
import { judge, sum } from "../judge.ts";
import { MosquittoSub } from "../mosquitto_sub.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep, within } from "../wait.ts";

const RATE = 1_000, LOW_RATE = 500, AROUND_MS = 2_000;
/** Longest wait for the recorder's second connection. */
const COUNT_MS = 30_000;
const ROUNDS = { quick: 1, full: 10 };
/** Looks at the rows before they count as endless: those of a quick trial fit its time limit. */
const LOOKS = { quick: 5, full: 30 };

/** Who records: the program, or `mosquitto_sub` beside it. */
interface Subject {
  readonly pid: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Called before a connection is cut; what it returns resolves once that is there again. */
  mark(): () => Promise<void>;
}

interface Scene {
  readonly subject: Subject;
  readonly proxy: Proxy;
  /** The next sync of the program's disk takes so long. */
  stallDisk?(ms: number): Promise<void>;
  /** Starts a publisher that is ended with the case. */
  publish(options: object): Publisher;
}

interface Trial {
  readonly name: string;
  readonly flags?: readonly string[];
  /** Settings of the broker beside those as installed. */
  readonly lines?: readonly string[];
  /** Whether only the broker's count shows the loss. */
  readonly byCount?: boolean;
  /** Causes that a row may have. */
  readonly causes: readonly string[];
  /** Whether every message must be recorded. */
  readonly lossless?: boolean;
  /** Whether the broker redelivers after reconnects, each of which is a row. */
  readonly redelivers?: boolean;
  /** Publishes before anything records. */
  before?(publish: Scene["publish"]): Promise<void>;
  /** Injects it; how long messages may have been missed, in ms. */
  run(scene: Scene): Promise<number>;
}

/** A steady publisher before, during and after `fault`. */
const during = (fault: (scene: Omit<Scene, "publish">) => Promise<void>, rate = RATE) =>
async (
  { publish, ...scene }: Scene,
): Promise<number> => {
  const publisher = publish({ rate });
  await sleep(AROUND_MS);
  const began = performance.now();
  await fault(scene);
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
    run: during(async ({ subject }) => {
      await subject.kill();
      await sleep(6_000);
      await subject.start();
    }),
  },
  {
    name: "cut off for 1 s",
    causes: ["connection lost"],
    lossless: true,
    run: during(async ({ subject, proxy }) => {
      const back = subject.mark();
      proxy.refuse();
      proxy.cut();
      await sleep(500);
      proxy.pass();
      await back();
    }, LOW_RATE),
  },
  {
    name: "frozen for 6 s",
    causes: ["process paused", "write stall"],
    lossless: true,
    run: during(async ({ subject }) => {
      Deno.kill(subject.pid, "SIGSTOP");
      await sleep(6_000);
      Deno.kill(subject.pid, "SIGCONT");
    }),
  },
  {
    name: "disk frozen for 8 s",
    causes: ["write stall"],
    lossless: true,
    run: during(async ({ stallDisk }) => {
      await stallDisk?.(8_000);
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
    // More than the network's buffers hold: Mosquitto drops what is in flight, and redelivers it,
    // on a fast machine a thousand for each reconnect: what is still missing must lie in rows.
    name: "16,000 of 5 KB at once from 8, MQTT 5",
    causes: ["broker queue", "overload", "connection lost", "between runs"],
    redelivers: true,
    run: burst({ count: 2_000, pad: 5_000 }, 8),
  },
  {
    name: "2,000 of 5 KB at once, 100 KB kept, MQTT 3.1.1",
    flags: ["-V", "3.1.1"],
    lines: ["max_queued_bytes 100000"],
    byCount: true,
    causes: ["broker queue"],
    run: burst({ count: 2_000, pad: 5_000 }),
  },
  {
    name: "20,000 retained",
    causes: ["broker queue", "overload"],
    lossless: true,
    async before(publish) {
      const options = { name: "r", retain: true, topics: 20_000, count: 20_000, rate: Infinity };
      const publisher = publish(options);
      publisher.published.retained = true;
      await publisher.finished();
    },
    run: () => sleep(AROUND_MS).then(() => 0),
  },
  {
    name: "30,000 of 5 KB with QoS 0",
    causes: ["broker queue", "overload"],
    run: burst({ count: 30_000, pad: 5_000, qos: 0 }),
  },
];

/** The broker as installed, a way to it that can be cut, and publishers. */
async function stage(trial: Trial, folder: string, lines: readonly string[]) {
  const stack = new AsyncDisposableStack();
  const broker = stack.use(
    await startBroker(folder, { lines: [...lines, ...trial.lines ?? []] }),
  );
  const proxy = stack.use(Proxy.start(() => broker.port));
  const publishers: Publisher[] = [];
  const publish = (options: object) => {
    const publisher = stack.use(Publisher.start({ port: broker.port, ...options }));
    publishers.push(publisher);
    return publisher;
  };
  await trial.before?.(publish);
  const published = () => publishers.map(({ published }) => published);
  return { stack, proxy, publish, published };
}

/** How many of its messages `mosquitto_sub` does not record in the same trial. */
async function beside(trial: Trial, folder: string): Promise<number> {
  const { stack, proxy, publish, published } = await stage(trial, folder, AS_INSTALLED);
  await using _ = stack;
  const version = trial.flags ? "mqttv311" : "mqttv5";
  await using subject = await MosquittoSub.start({ folder, port: proxy.port, version });
  await trial.run({ subject, proxy, publish });
  await subject.still();
  return await subject.lost(published());
}

async function run(
  trial: Trial,
  { folder, quick, say }: Context,
  counted: boolean,
): Promise<Figures & { readonly longestMs: number }> {
  const log = [`log_dest file ${folder}/mosquitto.log`, "log_type notice"];
  const lines = [...AS_INSTALLED, ...log, ...(quick ? COUNT.lines : [])];
  const { stack, proxy, publish, published } = await stage(trial, folder, lines);
  await using _ = stack;
  const { flags = [] } = trial;
  await using recorder = await Recorder.start({ folder, port: proxy.port, flags });
  await sleep(AROUND_MS);
  if (counted) await within(COUNT_MS, readsCounts(folder), "It does not read the broker's count");
  // A count from before the row began.
  if (trial.byCount) await sleep(AROUND_MS);
  const subject: Subject = {
    get pid() {
      return recorder.pid;
    },
    start: () => recorder.start(),
    kill: () => recorder.kill(),
    mark() {
      const heard = recorder.lines.length;
      return async () => void await recorder.hears(/again/, heard);
    },
  };
  const stallDisk = (stallMs: number) =>
    recorder.disk.set([{ name: "stall", on: "sync", file: "csv", stallMs, times: 1 }]);
  const faultMs = await trial.run({ subject, proxy, publish, stallDisk });
  await recorder.still();
  const countMs = quick ? COUNT.maxMs : COUNT.defaultMaxMs;
  if (trial.redelivers && !counted) {
    await recorder.end("SIGTERM");
    await recorder.start();
  }
  // A count that came during a backlog decides nothing: the next one does.
  if (trial.redelivers) {
    await stillAfterCounts(recorder, 2 * countMs, quick ? LOOKS.quick : LOOKS.full);
  } else if (counted) await sleep(countMs);
  const { code, stderr } = await recorder.end("SIGTERM");
  const found = await inspect(recorder.files, published());
  const { gaps, problems } = await recorder.gapLog();
  const coverage = cover(found.lost, gaps);
  const broken = [
    ...problems,
    ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    // Of what waited before the recorder came there is no count from before.
    ...untrue(
      coverage,
      trial.redelivers ? Infinity : faultMs,
      counted && !trial.before && !trial.redelivers,
    ),
    ...unknown(gaps, trial.causes),
  ];
  say(
    `lost ${found.lost.length} of ${found.published}, ${describeGaps(gaps)}, ` +
      `at risk for ${(coverage.atRiskMs / 1000).toFixed(1)} s`,
  );
  const figures = judge(found, { faults: 1, maxRssMb: recorder.maxRssMb, broken }, {
    lost: trial.lossless ? 0 : Infinity,
    // What the broker had sent and not heard of is delivered again.
    duplicates: trial.causes.includes("unclean end") ? 2_000 : 1_000,
    inversions: trial.redelivers ? Infinity : 0,
  });
  return { ...figures, longestMs: Math.max(0, ...gaps.map(({ from, to }) => to - from)) };
}

/** Resolves when the recorder's second connection has had time to read the count. */
async function readsCounts(folder: string): Promise<void> {
  while ((await logged(folder, / as mqttrecsys/)).length === 0) await sleep(100);
  await sleep(500);
}

/** Resolves when counts of the broker, and reconnects that follow them, bring no more rows. */
async function stillAfterCounts(recorder: Recorder, ms: number, looks: number): Promise<void> {
  const csv = recorder.files.csv[0]!;
  for (let before = -1, left = looks; left > 0; left--) {
    const { size } = await Deno.stat(csv);
    if (size === before) return;
    before = size;
    await sleep(ms);
    await recorder.still();
  }
  throw new Error("Reconnects bring rows without end");
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
    const rounds = context.rounds ?? (context.quick ? ROUNDS.quick : ROUNDS.full);
    const parts: Awaited<ReturnType<typeof run>>[] = [];
    const others: number[] = [];
    const inFolder = async (body: (folder: string) => Promise<void>) => {
      const folder = `${context.folder}/trial`;
      await Deno.mkdir(folder);
      await body(folder);
      await Deno.remove(folder, { recursive: true });
    };
    for (let round = 0; round < rounds; round++) {
      // Every second one ends before the broker's count comes.
      await inFolder(async (folder) => {
        const counted = trial.byCount === true || round % 2 === 0;
        parts.push(await run(trial, { ...context, folder }, counted));
      });
      if (!context.quick) {
        await inFolder(async (folder) => void others.push(await beside(trial, folder)));
      }
    }
    const lost = parts.map(({ lost }) => lost);
    const note = context.quick
      ? undefined
      : `lost ${range(lost)} of ${
        Math.round(parts[0]!.published).toLocaleString("en-US")
      } a trial; ` +
        `longest row ${
          (Math.max(...parts.map(({ longestMs }) => longestMs)) / 1000).toFixed(1)
        } s; ` +
        `mosquitto_sub ${range(others)}`;
    return { ...sum(parts), note };
  },
}));

/** The least and the most of some numbers. */
function range(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    .map((number) => number.toLocaleString("en-US"));
  return least === most ? least! : `${least}–${most}`;
}
