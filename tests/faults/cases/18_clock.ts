/** Case 18: the clock jumps by an hour while messages come and the connection is lost. */

import { parse } from "@std/csv/parse";
import type { Message } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { Publishes } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import type { StrictConnection } from "../strict_connection.ts";
import { judgeRun, LAST } from "../strict_run.ts";
import { sleep, within } from "../wait.ts";

const HOUR_MS = 3_600_000;
/** Tolerance of the length of an outage, in ms. */
const SLACK_MS = 400;
/** Reason code of DISCONNECT. */
const SHUTTING_DOWN = 0x8b;
const JUMPS = [HOUR_MS, -HOUR_MS, 0, -HOUR_MS, HOUR_MS, 0];
const PER_JUMP = 200, PAUSE_MS = 150, LAST_MS = 20_000;

const numbered = (i: number): Message => message(`clock/${i % 3}`, `${i}`);

function* first(count: number): Generator<Message> {
  for (let i = 0; i < count; i++) yield numbered(i);
}

async function run({ quick, folder, say }: Context): Promise<Figures> {
  await using broker = StrictBroker.start({
    connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
  });
  await using recorder = await Recorder.start({ folder, port: broker.port });
  let connection: StrictConnection = await broker.subscribed();
  let sent = 0;
  const send = async (count: number) => {
    const block = new Publishes(5);
    for (let i = 0; i < count; i++) block.add(numbered(sent++));
    await connection.blast([block]);
    await within(LAST_MS, connection.settled(), "Not everything is acknowledged");
  };
  const jumps = quick ? JUMPS.slice(0, 3) : JUMPS;
  const outages: number[] = [];
  for (const offset of jumps) {
    await send(PER_JUMP);
    // Once while connected, and once during an outage, whose gap spans the jump.
    await recorder.disk.set([], offset);
    await sleep(PAUSE_MS);
    await send(PER_JUMP);
    await recorder.program.type("s");
    // With a reason: several silent ends in a row look like a takeover.
    await connection.disconnect(SHUTTING_DOWN);
    const began = performance.now();
    await sleep(PAUSE_MS);
    await recorder.disk.set([], -offset);
    connection = await within(
      LAST_MS,
      broker.subscribed(outages.length + 1),
      `It does not come back: ${recorder.tail()}`,
    );
    outages.push(performance.now() - began);
    await send(PER_JUMP);
    say(`clock ${offset / HOUR_MS} h away, then ${-offset / HOUR_MS} h`);
  }
  await connection.blast([new Publishes(5).add(LAST)]);
  await within(LAST_MS, connection.settled(), "The last message is not recorded");
  const { code, stderr } = await recorder.end("SIGTERM");
  const gaps = parse(await Deno.readTextFile(`${recorder.output}.gaps.csv`)).slice(1);
  const negative = recorder.lines.filter(({ text }) => /(^|[ (])-\d/.test(text));
  // `from` and `to` are wall clock times; `seconds` is measured on the monotonic clock.
  const durations = gaps.map(([, , seconds]) => Number(seconds) * 1000);
  const wrong = durations.filter((ms, i) => !(Math.abs(ms - outages[i]!) < SLACK_MS));
  const broken = [
    ...broker.errors,
    ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    ...negative.map(({ text }) => `It says a negative figure: ${text}`),
    ...(gaps.length === outages.length
      ? []
      : [`${outages.length} outages, ${gaps.length} gap rows`]),
    ...wrong.map((ms) => `An outage of ${ms} ms in the gap log, real ones were ${outages.join()}`),
  ];
  const figures = await judgeRun(
    { recorder, broken, ms: 0, stderr },
    () => first(sent),
    { faults: 2 * jumps.length, note: `${gaps.length} gap rows across jumps` },
  );
  return figures;
}

export const clockJumps: FaultCase = {
  number: 18,
  name: "clock jumps of an hour",
  needs: ["linux"],
  inQuick: true,
  run,
};
