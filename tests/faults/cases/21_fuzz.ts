/** Case 21: random valid messages, recorded by the real program, read by common readers. */

import type { Message } from "../../../lib/message/message.ts";
import { arbitraryMessage, seeded } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judgeRun, recordAll } from "../strict_run.ts";

const MESSAGES = { quick: 50_000, full: 1_000_000 };

function* fuzz(seed: number, count: number): Generator<Message> {
  const random = seeded(seed + 21);
  for (let i = 0; i < count; i++) yield arbitraryMessage(random);
}

async function run({ quick, seed, folder, say }: Context): Promise<Figures> {
  const count = quick ? MESSAGES.quick : MESSAGES.full;
  const messages = () => fuzz(seed, count);
  const done = await recordAll(messages(), { folder, qos: 2 });
  say(`recorded in ${Math.round(done.ms)} ms`);
  return await judgeRun(done, messages, { python: true, libraries: true, faults: count });
}

export const fuzzed: FaultCase = {
  number: 21,
  name: "fuzzed topics and payloads",
  needs: ["python3", "linux"],
  inQuick: true,
  run,
};
