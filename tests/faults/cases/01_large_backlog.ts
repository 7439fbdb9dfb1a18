/** Case 1 with a large backlog: more waits at the broker than the recorder holds in memory. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

/** About 90 MB in all, and one message larger than the recorder's memory limit. */
const COUNT = 900, PAD = 100_000, LARGEST = 70_000_000;
const POLL_MS = 20;
const MAX_RSS_MB = { many: 400, one: 1_200 };

async function run({ folder, quick, say }: Context): Promise<Figures> {
  await using broker = await startBroker(folder);
  await using recorder = await Recorder.start({ folder, port: broker.port });
  const all = [];
  const broken: string[] = [];
  let recoveryMs = 0;
  const backlogs = { many: { count: COUNT, pad: PAD }, one: { count: 1, pad: LARGEST } };
  for (const [name, options] of Object.entries(backlogs)) {
    if (quick && name === "one") continue;
    await recorder.kill();
    await using publisher = Publisher.start({ port: broker.port, name, ...options });
    const { published } = publisher;
    while (published.ackedCount < options.count) await sleep(POLL_MS);
    all.push(published);
    const began = performance.now();
    await recorder.start();
    await recorder.quiet(all);
    recoveryMs = Math.max(recoveryMs, performance.now() - began);
    say(`${name}: RSS ${Math.round(recorder.maxRssMb)} MB`);
    const most = MAX_RSS_MB[name as keyof typeof MAX_RSS_MB];
    if (recorder.maxRssMb > most) broken.push(`${name}: RSS ${Math.round(recorder.maxRssMb)} MB`);
  }
  const { code } = await recorder.end("SIGTERM");
  if (code !== 0) broken.push(`It ended with ${code}`);
  const found = await inspect(recorder.files, all);
  return judge(found, { faults: all.length, maxRssMb: recorder.maxRssMb, recoveryMs, broken });
}

export const largeBacklog: FaultCase = {
  number: 1,
  name: "kill -9 then 90 MB at the broker",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run,
};
