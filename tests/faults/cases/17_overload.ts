/** Case 17: a broker sends at full speed to a recorder with a slow disk. */

import type { Message, QoS } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { sum } from "../judge.ts";
import { Publishes, publishesOf } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import { judgeRun, LAST } from "../strict_run.ts";
import { sleep, within } from "../wait.ts";

const BLAST_MS = { quick: 6_000, full: 30_000 };
const STALL_MS = 200, SAMPLE_MS = 100, LAST_MS = 60_000;
/** Growth from the first to the second half that is noise, in MB. */
const NOISE_MB = 25;

/** Would fill the memory if it were kept, with few enough rows to check quickly. */
const FILLER = "21.5 °C, all is well; ".repeat(20);

/** A sensor's message with its number. */
const numbered = (i: number, qos: QoS): Message => ({
  ...message(`plant/${i % 50}/temperature`, `${i} ${FILLER}`),
  qos,
});

function* endless(qos: QoS): Generator<Message> {
  for (let i = 0;; i++) yield numbered(i, qos);
}

function* first(count: number, qos: QoS): Generator<Message> {
  for (let i = 0; i < count; i++) yield numbered(i, qos);
}

/** Current resident memory, in MB. */
async function rssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
}

async function overload({ quick, folder, say }: Context, qos: QoS): Promise<Figures> {
  const blastMs = quick ? BLAST_MS.quick : BLAST_MS.full;
  await using broker = StrictBroker.start();
  await using recorder = await Recorder.start({ folder, port: broker.port });
  const connection = await broker.subscribed();
  // QoS 0 does not wait for a sync: a slow disk delays writes only when the system has no more
  // memory for dirty pages.
  const on = qos === 0 ? "write" : "sync";
  await recorder.disk.set([
    { name: "slow disk", on, file: "csv", stallMs: STALL_MS },
    { name: "slow disk", on, file: "json", stallMs: STALL_MS },
  ]);
  const halves: number[][] = [[], []];
  const stop = new AbortController();
  const began = performance.now();
  const blast = connection.blast(publishesOf(endless(qos)), { signal: stop.signal });
  for (let ms = 0; ms < blastMs; ms = performance.now() - began) {
    halves[ms < blastMs / 2 ? 0 : 1]!.push(await rssMb(recorder.pid));
    await sleep(SAMPLE_MS);
  }
  stop.abort();
  await recorder.disk.heal();
  // TCP delays a blast at QoS 0: its last write ends when the recorder reads on.
  const sent = await within(LAST_MS, blast, "The last write is not taken");
  const heldBackMs = performance.now() - began - blastMs;
  await within(LAST_MS, connection.settled(), "Not everything is acknowledged");
  await connection.blast([new Publishes(5).add(LAST)]);
  const settled = await within(LAST_MS, connection.settled(), "The last message is not recorded");
  const strikes = (await recorder.disk.strikes()).length;
  const { code, stderr } = await recorder.end("SIGTERM");
  const [before, after] = halves.map((half) => Math.max(...half)) as [number, number];
  const rate = Math.round(sent / (blastMs + heldBackMs) * 1000);
  const note = `QoS ${qos}: ${sent} sent, ${rate} msg/s, RSS ${Math.round(before)} MB, ` +
    `then ${Math.round(after)} MB`;
  say(note);
  const broken = [
    ...broker.errors,
    ...(settled ? [] : ["The connection was lost"]),
    ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    ...(after > before + NOISE_MB ? [`RSS grew from ${before} MB to ${after} MB`] : []),
  ];
  return await judgeRun(
    { recorder, broken, ms: blastMs, stderr },
    () => first(sent, qos),
    { faults: strikes, note },
  );
}

async function run(context: Context): Promise<Figures> {
  const parts: Figures[] = [];
  for (const qos of [0, 1] as const) {
    const folder = `${context.folder}/qos${qos}`;
    await Deno.mkdir(folder);
    parts.push(await overload({ ...context, folder }, qos));
    await Deno.remove(folder, { recursive: true });
  }
  return sum(parts);
}

export const overloaded: FaultCase = {
  number: 17,
  name: "overload, QoS 0 and 1, slow disk",
  needs: ["linux"],
  inQuick: true,
  run,
};
