/** Case 11: filters that the broker refuses or downgrades, at the start and on a reconnect. */

import type { Message } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import { run as runProgram } from "../../support/program.ts";
import { type Context, type FaultCase, type Figures, NOTHING_SENT } from "../case.ts";
import { sum } from "../judge.ts";
import { publishesOf } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import { andLast, judgeRun } from "../strict_run.ts";
import { within } from "../wait.ts";

const FILTERS = ["plant/#", "secret/#", "home/+/power"];
const REFUSED = FILTERS[1]!;
const TOPICS = FILTERS.flatMap((filter) => ["--topic", filter]);
const REJOIN_MS = 20_000, TOLD_MS = 5_000;
/** Reason code of DISCONNECT: server shutting down. */
const SHUTTING_DOWN = 0x8b;

/** The figures of a refused start. */
const NOTHING = { faults: 1, ...NOTHING_SENT };

/** The codes of a SUBACK: `code` for `REFUSED`, the requested QoS for the others. */
const codes = (filters: readonly { filter: string; qos: number }[], code: number) =>
  filters.map(({ filter, qos }) => filter === REFUSED ? code : qos);

/** Every filter is refused at the start: it exits 3 and names the first. */
async function atStart(folder: string, code: number, version: 4 | 5): Promise<string[]> {
  await using broker = StrictBroker.start({
    connack: (connect) => ({ code: connect.version === 5 && version === 4 ? 0x84 : 0 }),
    suback: (filters) => filters.map(() => code),
  });
  const { code: exit, stderr } = await runProgram(
    [...broker.flags, ...TOPICS, "--qos", "1", "--output", `start_${version}_${code}`],
    { cwd: folder },
  );
  const state = `MQTT ${version}, SUBACK 0x${code.toString(16)} at the start`;
  return [
    ...broker.errors,
    ...(exit === 3 ? [] : [`${state}: exit ${exit}`]),
    ...(stderr.includes(`"${FILTERS[0]}"`) ? [] : [`${state}: the filter is not named: ${stderr}`]),
  ];
}

function* some(from: number, count: number): Generator<Message> {
  for (let i = from; i < from + count; i++) yield message("plant/1", `${i}`);
}

/**
 * One filter is refused or downgraded, from the `start` or on a reconnect: it reports and logs the
 * filter, and records the others on.
 */
async function ofSeveral(
  folder: string,
  code: number,
  version: 4 | 5,
  start: boolean,
): Promise<Figures> {
  await using broker = StrictBroker.start({
    connack: (connect) => ({ code: connect.version === 5 && version === 4 ? 0x84 : 0 }),
    suback: (filters, attempt) => codes(filters, start || attempt > 5 - version ? code : 1),
  });
  const when = start ? "from the start" : "on a reconnect";
  const state = `MQTT ${version}, SUBACK 0x${code.toString(16)} ${when}`;
  await using recorder = await Recorder.start({ folder, port: broker.port, flags: TOPICS });
  const first = await broker.subscribed();
  await first.blast(publishesOf(some(0, 100), version));
  await first.settled();
  if (version === 5) await first.disconnect(SHUTTING_DOWN);
  else first.close();
  const again = await within(REJOIN_MS, broker.subscribed(first.attempt + 1), `${state}: not back`);
  await again.blast(publishesOf(andLast(some(100, 100)), version));
  const settled = await within(REJOIN_MS, again.settled(), `${state}: not acknowledged`);
  const cause = code >= 0x80 ? "subscription refused" : "subscription downgraded";
  const late = performance.now() + TOLD_MS;
  while (!recorder.lines.some(({ text }) => text.includes(REFUSED)) && performance.now() < late) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const told = recorder.lines.some(({ text }) => text.includes(`"${REFUSED}"`));
  const { code: exit, stderr } = await recorder.end("SIGTERM");
  const { gaps, problems } = await recorder.gapLog();
  const broken = [
    ...broker.errors,
    ...problems,
    ...(settled ? [] : [`${state}: the connection was lost`]),
    ...(told ? [] : [`${state}: not told: ${recorder.tail()}`]),
    ...(exit === 0 ? [] : [`${state}: it ended with ${exit}: ${stderr}`]),
    ...(gaps.some((gap) => gap.cause.startsWith(cause) && gap.atRisk !== "no")
      ? []
      : [`${state}: no gap row "${cause}" at risk, but ${gaps.map((gap) => gap.cause).join()}`]),
  ];
  return await judgeRun(
    { recorder, broken, ms: 0, stderr },
    () => some(0, 200),
    { faults: 1, note: `${cause} ${when}: ${gaps.length} gap rows` },
  );
}

async function run({ quick, folder, say }: Context): Promise<Figures> {
  const parts: Figures[] = [];
  for (const version of [5, 4] as const) {
    for (const code of version === 5 ? [0x80, 0x87, 0] : [0x80, 0]) {
      if (quick && version === 4 && code === 0) continue;
      if (code >= 0x80) parts.push({ ...NOTHING, broken: await atStart(folder, code, version) });
      for (const start of [true, false]) {
        const here = `${folder}/${version}_${code}_${start}`;
        await Deno.mkdir(here);
        parts.push(await ofSeveral(here, code, version, start));
      }
      say(`MQTT ${version}, SUBACK 0x${code.toString(16)}: done`);
    }
  }
  return sum(parts);
}

export const subscriptions: FaultCase = {
  number: 11,
  name: "SUBACK refusals and downgrades",
  needs: ["linux"],
  inQuick: true,
  run,
};
