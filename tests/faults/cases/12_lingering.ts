/** Case 12, at the end: the broker keeps the connection open after DISCONNECT. */

import type { Message } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { publishesOf } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import type { Script } from "../strict_script.ts";
import { andLast, judgeRun } from "../strict_run.ts";
import { sleep, within } from "../wait.ts";

const COUNT = 500, WAIT_MS = 10_000;
/** Time limit of the end after a signal, in ms. */
const END_MS = 5_000;

function* some(): Generator<Message> {
  for (let i = 0; i < COUNT; i++) yield message("t", `${i}`);
}

async function run({ folder, say }: Context): Promise<Figures> {
  const script: Script = { lingers: true };
  await using broker = StrictBroker.start(script);
  await using recorder = await Recorder.start({ folder, port: broker.port });
  const connection = await broker.subscribed();
  await connection.blast(publishesOf(andLast(some())));
  await within(WAIT_MS, connection.settled(), "Not everything is acknowledged");
  const asked = performance.now();
  const ended = recorder.end("SIGTERM");
  const state = await Promise.race([ended, sleep(WAIT_MS)]);
  const ms = Math.round(performance.now() - asked);
  say(
    `asked to end: ${state ? `exit ${state.code} after ${ms} ms` : `still there after ${ms} ms`}`,
  );
  if (state === undefined) await recorder.kill();
  const { stderr, code } = await ended;
  const broken = [
    ...broker.errors,
    ...(state !== undefined && ms <= END_MS && code === 0
      ? []
      : [`It does not end within ${END_MS} ms of SIGTERM when the broker does not close`]),
  ];
  return await judgeRun(
    { recorder, broken, ms, stderr },
    some,
    { faults: 1, note: `${ms} ms from SIGTERM to the end` },
  );
}

export const lingering: FaultCase = {
  number: 12,
  name: "broker does not close at the end",
  needs: ["linux"],
  inQuick: true,
  run,
};
