/** Measures opening and appending to files of 10 GB, against new files. */

import { within } from "../faults/wait.ts";
import { COMPETITORS } from "./competitors.ts";
import { makeLargeFiles, ROWS } from "./large_files.ts";
import { makeLoad } from "./load.ts";
import type { Result, Section, Setting } from "./section.ts";
import { ratio, spread } from "./stats.ts";
import { subscribed } from "./subscribed.ts";

const GB = 10, SIZE = GB * 1024 ** 3;
const COUNT = { full: 200_000, quick: 50_000 };
const RUN_MS = 60_000;
/** Rounds per requested round: a start is short and varies. */
const TIMES_RUNS = 3;
/** Difference of medians that is noise. */
const MAX_TIMES = 1.2;
const packets = makeLoad();

const WHICH = ["empty", "large"] as const;
type Which = (typeof WHICH)[number];

interface Times {
  readonly startMs: number;
  readonly recordMs: number;
}

/** Appends to the recording in the folder, and asserts that it grew. */
async function append(folder: string, count: number): Promise<Times> {
  const command = (port: number) => COMPETITORS.mqttrec.command({ port, count, qos: 0, folder });
  const size = async () => (await Deno.stat(`${folder}/data.json`)).size;
  await using run = await subscribed(command, folder);
  const before = await size();
  const began = performance.now();
  void run.subscriber.blast(packets, { count });
  await within(RUN_MS, run.program.exited, "It does not end");
  const recordMs = performance.now() - began;
  await run.finished;
  if (await size() - before < count * 100) throw new Error("The file has not grown");
  return { startMs: run.startMs, recordMs };
}

async function run({ quick, runs, folder, say }: Setting): Promise<Result> {
  const count = quick ? COUNT.quick : COUNT.full;
  const large = `${folder}/large`, empty = `${folder}/empty`;
  const times: Record<Which, Times[]> = { large: [], empty: [] };
  await Deno.mkdir(large);
  try {
    await makeLargeFiles(`${large}/data`, SIZE);
    for (let round = 0; round <= (quick ? 1 : TIMES_RUNS * runs); round++) {
      // Alternate the order, because one run leaves work for the disk to the next.
      for (const which of round % 2 === 0 ? WHICH : WHICH.toReversed()) {
        const took = await append(`${folder}/${which}`, count);
        if (round > 0) times[which].push(took); // The first round fills caches.
      }
      await Deno.remove(empty, { recursive: true });
      say(`append, round ${round}`);
    }
  } finally {
    await Deno.remove(large, { recursive: true });
  }
  const figures = (which: Which, what: keyof Times) => times[which].map((each) => each[what]);
  const shown = ([["startMs", "start to SUBSCRIBE"], [
    "recordMs",
    `${count.toLocaleString("en-US")} messages`,
  ]] as const)
    .map(([what, title]) => {
      const [a, b] = [figures("empty", what), figures("large", what)];
      return { title, empty: spread(a), large: spread(b), times: ratio(b, a) };
    });
  return {
    columns: ["", "no files, ms", `${GB} GB each, ms`, "times"],
    rows: shown.map(({ title, empty, large, times }) => [title, empty, large, times]),
    facts: [
      `Files of ${GB} GB are some rows, a hole, and ${
        ROWS.toLocaleString("en-US")
      } rows at the end`,
    ],
    notMet: shown.filter(({ times }) => times.median > MAX_TIMES).map(({ title, times }) =>
      `${title}: ${times.median.toFixed(2)} times as long with ${GB} GB`
    ),
  };
}

export const appending: Section = { name: "append", run };
