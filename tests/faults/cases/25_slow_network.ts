/** Case 25 over a slow network: the broker still has messages when the recorder ends. */

import type { Message } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { sum } from "../judge.ts";
import { Proxy } from "../proxy.ts";
import { publishesOf } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import { andLast, judgeRun } from "../strict_run.ts";
import { sleep } from "../wait.ts";

/** Delay in each direction, in ms. */
const DELAY_MS = 100;
/** Queues at the broker: one that fits into the drain, and one that does not. */
const SHORT = 5_000, LONG = 60_000;
/** Time before the signal, in ms: in the middle of the queue. */
const ASKED_MS = 300;

async function end(context: Context, count: number, intime: boolean): Promise<Figures> {
  const { folder, say } = context;
  await using broker = StrictBroker.start();
  using proxy = Proxy.start(() => broker.port);
  await using recorder = await Recorder.start({
    folder,
    port: proxy.port,
    output: `rec/${count}`,
  });
  const connection = await broker.subscribed();
  proxy.delayMs = DELAY_MS;
  const messages = function* (): Generator<Message> {
    for (let i = 0; i < count; i++) yield message("t", `${i}`);
  };
  const blast = connection.blast(publishesOf(andLast(messages())));
  await sleep(ASKED_MS);
  const { code, stderr } = await recorder.end("SIGTERM");
  const sent = await blast;
  const { sessionExpirySeconds } = await connection.ended as { sessionExpirySeconds?: number };
  const left = count + 1 - sent;
  say(`${left} of ${count} left at the broker, session ${sessionExpirySeconds ?? "kept"}`);
  const broken = [
    ...broker.errors,
    ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    ...(left > 0 && sessionExpirySeconds === 0
      ? [`It ended the session of a broker that still had ${left} messages`]
      : []),
    ...(left > 0 && intime ? [`It left ${left} messages that could have come in time`] : []),
    ...(left > 0 && !/hold messages/.test(stderr) ? ["It does not say that it left some"] : []),
  ];
  const note = `of ${count} waiting ${left} stay in the session`;
  if (left > 0) {
    return {
      faults: 1,
      published: sent,
      lost: 0,
      duplicates: 0,
      torn: 0,
      csvNotJson: 0,
      inversions: 0,
      maxRssMb: recorder.maxRssMb,
      note,
      broken,
    };
  }
  return await judgeRun({ recorder, broken, ms: 0, stderr }, messages, { faults: 1, note });
}

export const slowNetwork: FaultCase = {
  number: 25,
  name: "SIGTERM over a slow network",
  needs: ["linux"],
  inQuick: true,
  run: async (context) => sum([await end(context, SHORT, true), await end(context, LONG, false)]),
};
