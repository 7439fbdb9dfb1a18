/** Measures the processor time of simulated sensors, and whether many are recorded completely. */

import { RowCounter } from "../faults/row_counter.ts";
import { sleep } from "../faults/wait.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { freePort, programCommand } from "../support/program.ts";
import { cpuSeconds, Program } from "./process.ts";
import { countLines } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import type { Cell } from "./table.ts";

const SECONDS = { full: 20, quick: 2 };
/** Time to connect and for every sensor's first value. */
const START_UP_MS = { full: 3_000, quick: 1_000 };
const MANY = 10_000;
/** Readings that may be late at either end of the time. */
const MAX_MISSING = 0.01;

interface Run {
  readonly name: string;
  readonly sensors: number;
  readonly intervalSeconds: number;
  readonly through: "embedded" | "mosquitto";
}

const RUNS: readonly Run[] = [
  { name: "7 sensors, every 3 s", sensors: 7, intervalSeconds: 3, through: "embedded" },
  { name: "10,000 sensors, every 1 s", sensors: MANY, intervalSeconds: 1, through: "embedded" },
  { name: "10,000 sensors, every 1 s", sensors: MANY, intervalSeconds: 1, through: "mosquitto" },
];

async function measure(
  { name, sensors, intervalSeconds, through }: Run,
  setting: Setting,
): Promise<{ row: Cell[]; notMet: string[] }> {
  const folder = `${setting.folder}/run`;
  const wantedMs = (setting.quick ? SECONDS.quick : SECONDS.full) * 1000;
  await Deno.mkdir(folder);
  await using mosquitto = through === "mosquitto" ? await Mosquitto.start(folder) : undefined;
  const port = mosquitto?.port ?? freePort();
  const flags = [
    ...["--simulate", "--sensors", String(sensors), "--interval", String(intervalSeconds)],
    ...["--broker", "127.0.0.1", "--port", String(port), "--output", `${folder}/data`],
    ...(mosquitto ? [] : ["--embedded-broker"]),
  ];
  await using program = Program.start(programCommand(flags, folder), folder);
  const rows = new RowCounter(`${folder}/data.csv`);
  const cpu = () => program.cpuSeconds() + (mosquitto?.pid ? cpuSeconds(mosquitto.pid) : 0);
  while ((await rows.look()).rows === 0) await sleep(20);
  await sleep(setting.quick ? START_UP_MS.quick : START_UP_MS.full);
  const before = { time: performance.now(), cpu: cpu(), rows: (await rows.look()).rows };
  await sleep(wantedMs);
  const seconds = (performance.now() - before.time) / 1000;
  const cores = (cpu() - before.cpu) / seconds;
  const recorded = (await rows.look()).rows - before.rows;
  const code = await program.end();
  if (code !== 0) throw new Error(`It ended with ${code}:\n${program.stderr}`);
  const [csv, json] = [
    await countLines(`${folder}/data.csv`),
    await countLines(`${folder}/data.json`),
  ];
  if (csv !== json - 1) throw new Error(`${csv - 1} rows in CSV, ${json - 2} in JSON`);
  const asked = sensors * seconds / intervalSeconds;
  const label = `${name}, ${mosquitto ? "Mosquitto" : "built-in broker"}`;
  const notMet = [];
  if (sensors === MANY && recorded < asked * (1 - MAX_MISSING)) {
    notMet.push(`${label}: ${recorded} of ${Math.round(asked)} readings recorded`);
  }
  // A Mosquitto on the same machine takes half a core.
  if (cores > 1 && !mosquitto) notMet.push(`${label}: ${cores.toFixed(2)} cores`);
  setting.say(`simulator: ${label}: ${(100 * cores).toFixed(1)} % of a core`);
  const [full, part] = [100 * recorded / asked, 100 * cores];
  return { row: [label, recorded, full, part, program.peakMb], notMet };
}

async function run(setting: Setting): Promise<Result> {
  const all = [];
  for (const each of RUNS) {
    if (each.through === "mosquitto" && withoutMosquitto) continue;
    try {
      all.push(await measure(each, setting));
    } finally {
      await Deno.remove(`${setting.folder}/run`, { recursive: true });
    }
  }
  return {
    columns: ["simulated", "recorded", "% of what was due", "% of a core, all in all", "most MB"],
    rows: all.map(({ row }) => row),
    facts: [
      "Simulator, recorder and broker together; the built-in broker runs in the same process",
    ],
    notMet: all.flatMap(({ notMet }) => notMet),
  };
}

export const simulating: Section = { name: "simulator", run };
