/** Measures how fast simulated sensors publish without an interval, against `mosquitto_pub -l`. */

import { within } from "../faults/wait.ts";
import { isInstalled, programCommand } from "../support/program.ts";
import { payloadOf, topicOf } from "./load.ts";
import { Program } from "./process.ts";
import type { Result, Section, Setting } from "./section.ts";
import { SinkBroker } from "./sink_broker.ts";
import { ratio, spread } from "./stats.ts";

const RUN_MS = 60_000;
/**
 * Messages of a round by QoS: seconds of each. At QoS 1 mosquitto_pub 2.0.11 leaves early, with
 * most of them unsent, when there are more than packet identifiers: the last one's is acknowledged
 * before.
 */
const COUNT = {
  mqttrec: { full: [3_000_000, 400_000], quick: [300_000, 60_000] },
  mosquittoPub: { full: [1_000_000, 60_000], quick: [200_000, 20_000] },
} as const;
const PAYLOAD_BYTES = 25;
/** Messages in flight, as in mosquitto_pub. */
const SENSORS = 20;

interface Round {
  readonly qos: 0 | 1;
  readonly count: number;
  readonly folder: string;
}

type Command = (port: number, round: Round) => readonly string[];

const PUBLISHERS = {
  mqttrec: (port, { qos, folder }) =>
    programCommand([
      ...["--simulate", "--interval", "0", "--sensors", String(SENSORS)],
      ...["--broker", "127.0.0.1", "--port", String(port), "--qos", String(qos)],
      ...["--output", `${folder}/data`],
    ], folder),
  mosquittoPub: (port, { qos, folder }) => [
    ...["sh", "-c", 'in=$1; shift; exec "$@" < "$in"', "sh", `${folder}/lines`],
    ...["mosquitto_pub", "-h", "127.0.0.1", "-p", String(port), "-t", topicOf(1), "-l"],
    ...["-q", String(qos), "-V", "mqttv5"],
  ],
} satisfies Record<string, Command>;

/** Messages per second, from the arrival of the first to that of the last. */
async function measure(command: Command, round: Round): Promise<number> {
  await using sink = new SinkBroker();
  const taken = sink.take(round.count);
  await using program = Program.start(command(sink.port, round), round.folder);
  const ms = await within(RUN_MS, taken, `${round.count} messages do not come: ${program.stderr}`);
  return round.count / ms * 1000;
}

async function run({ quick, runs, folder, say }: Setting): Promise<Result> {
  const columns = ["published", "mqttrec, msg/s", "mosquitto_pub -l, msg/s", "ratio"];
  if (!await isInstalled("mosquitto_pub", ["--help"])) {
    return { columns, rows: [], facts: ["No mosquitto_pub here"], notMet: [] };
  }
  const rows = [], notMet = [];
  for (const qos of [0, 1] as const) {
    const rates: Record<keyof typeof PUBLISHERS, number[]> = { mqttrec: [], mosquittoPub: [] };
    for (let round = 1; round <= runs; round++) {
      for (const key of ["mqttrec", "mosquittoPub"] as const) {
        const count = COUNT[key][quick ? "quick" : "full"][qos];
        const each = { qos, count, folder: `${folder}/run` };
        await Deno.mkdir(each.folder);
        await writeLines(`${each.folder}/lines`, count);
        rates[key].push(await measure(PUBLISHERS[key], each));
        await Deno.remove(each.folder, { recursive: true });
        say(
          `publishing, QoS ${qos}, round ${round}: ${key} ${Math.round(rates[key].at(-1)!)} msg/s`,
        );
      }
    }
    const times = ratio(rates.mqttrec, rates.mosquittoPub);
    if (times.median < 1) notMet.push(`QoS ${qos}: ${times.median.toFixed(2)} × mosquitto_pub -l`);
    rows.push([`QoS ${qos}`, spread(rates.mqttrec), spread(rates.mosquittoPub), times]);
  }
  return {
    columns,
    rows,
    facts: [
      `${SENSORS} sensors without an interval, into a broker that keeps nothing; mosquitto_pub sends lines of ${PAYLOAD_BYTES} bytes from a file, at QoS 1 with 20 in flight`,
    ],
    notMet,
  };
}

async function writeLines(path: string, count: number): Promise<void> {
  const lines = new Uint8Array((PAYLOAD_BYTES + 1) * count).fill(0x0a);
  for (let i = 0; i < count; i++) {
    lines.set(payloadOf("plain", PAYLOAD_BYTES, i), i * (PAYLOAD_BYTES + 1));
  }
  await Deno.writeFile(path, lines);
}

export const publishing: Section = { name: "publishing", run };
