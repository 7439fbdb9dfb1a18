/** Measures a publisher, a real Mosquitto and a recorder on one machine. */

import { Publisher } from "../faults/publisher.ts";
import { sleep, within } from "../faults/wait.ts";
import { Mosquitto, mosquittoVersion, withoutMosquitto } from "../support/mosquitto.ts";
import { COMPETITORS } from "./competitors.ts";
import { Program } from "./process.ts";
import { assertRows } from "./rows.ts";
import type { Result, Section, Setting } from "./section.ts";
import { ratio, spread } from "./stats.ts";

const KEYS = ["mqttrec", "counting", "mosquittoSub"] as const;
type Key = (typeof KEYS)[number];
const COUNT = { full: [300_000, 200_000], quick: [20_000, 20_000] } as const;
const START_MS = 20_000, RUN_MS = 120_000, POLL_MS = 5;

/** Resolves when the log of the broker shows a subscription. */
async function isSubscribed(log: string): Promise<void> {
  const noted = () => Deno.stat(log).then(({ size }) => size > 0, () => false);
  while (!await noted()) await sleep(POLL_MS);
}

/** Messages per second, from the first published to the end of the receiver. */
async function measure(key: Key, qos: 0 | 1, count: number, folder: string): Promise<number> {
  await Deno.mkdir(folder);
  const log = `${folder}/mosquitto.log`;
  await using broker = await Mosquitto.start(folder, [
    `log_dest file ${log}`,
    "log_type subscribe",
  ]);
  const { port } = broker;
  const command = COMPETITORS[key].command({ port, count, qos, folder });
  await using program = Program.start(command, folder);
  await within(START_MS, Promise.race([isSubscribed(log), program.exited]), "No SUBSCRIBE");
  const began = performance.now();
  await using publisher = Publisher.start({ port, qos, count, rate: Infinity });
  await within(RUN_MS, program.exited, `${COMPETITORS[key].name} does not get ${count} messages`);
  const rate = count / (performance.now() - began) * 1000;
  const code = await program.ended;
  if (code !== 0) throw new Error(`It ended with ${code}:\n${program.stderr}`);
  if (key === "mqttrec") {
    let breaks = 0;
    for (let id = 0; id < count; id++) {
      if (publisher.published.payload(id).includes("\n")) breaks++;
    }
    await assertRows(`${folder}/data`, count, breaks);
  }
  return rate;
}

async function run({ quick, runs, folder, say }: Setting): Promise<Result> {
  const columns = [
    "messages",
    "mqttrec, msg/s",
    ...KEYS.slice(1).map((key) => `÷ ${COMPETITORS[key].name}`),
  ];
  if (withoutMosquitto) return { columns, rows: [], facts: ["No Mosquitto here"], notMet: [] };
  const rows = [];
  for (const qos of [0, 1] as const) {
    const count = COUNT[quick ? "quick" : "full"][qos];
    const rates: Record<Key, number[]> = { mqttrec: [], counting: [], mosquittoSub: [] };
    for (let round = 1; round <= runs; round++) {
      for (const key of KEYS) {
        const rate = await measure(key, qos, count, `${folder}/run`);
        await Deno.remove(`${folder}/run`, { recursive: true });
        rates[key].push(rate);
        say(`mosquitto, QoS ${qos}, round ${round}: ${key} ${Math.round(rate)} msg/s`);
      }
    }
    rows.push([
      `QoS ${qos}`,
      spread(rates.mqttrec),
      ...KEYS.slice(1).map((key) => ratio(rates.mqttrec, rates[key])),
    ]);
  }
  return {
    columns,
    rows,
    facts: [
      `Mosquitto ${await mosquittoVersion()} and a publisher of ours share the machine with who records; at QoS 1 1,000 are in flight to the broker, and what the broker has in flight is the subscriber's`,
    ],
    notMet: [],
  };
}

export const endToEnd: Section = { name: "mosquitto", run };
