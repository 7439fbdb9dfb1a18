/** Case 29: three recorders share a subscription, and one is killed or ends repeatedly. */

import { seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const MEMBERS = ["a", "b", "c"], RATE = 4_000, WINDOW = 2_000;
const KILLS = { quick: 3, full: 40 };
/** Longest life and absence of a member, in ms. */
const MAX_ALIVE_MS = 700, MAX_AWAY_MS = 400;

async function run({ folder, quick, seed, say }: Context): Promise<Figures> {
  const random = seeded(seed + 29);
  await using broker = await startBroker(folder);
  const recorders = await Promise.all(MEMBERS.map((name) =>
    Recorder.start({
      folder,
      port: broker.port,
      output: `rec/${name}`,
      flags: ["--share", "workshop"],
    })
  ));
  const [first] = recorders;
  const broken: string[] = [];
  const kills = quick ? KILLS.quick : KILLS.full;
  let recoveryMs = 0;
  await using publisher = Publisher.start({ port: broker.port, rate: RATE });
  const { published } = publisher;
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(random(MAX_ALIVE_MS));
    // Every third time it ends regularly: messages under way to it must not be lost.
    const { code } = await first!.end(kill % 3 === 0 ? "SIGTERM" : "SIGKILL");
    if (kill % 3 === 0 && code !== 0) broken.push(`It left with ${code}`);
    await sleep(random(MAX_AWAY_MS));
    const began = performance.now();
    await first!.start();
    recoveryMs = Math.max(recoveryMs, performance.now() - began + await first!.grows());
    if (kill % 10 === 0) say(`${kill} kills`);
  }
  await publisher.pause();
  await Promise.all(recorders.map((recorder) => recorder.still()));
  for (const recorder of recorders) {
    const { code, stderr } = await recorder.end("SIGTERM");
    if (code !== 0) broken.push(`One ended with ${code}: ${stderr}`);
  }
  const parts = await Promise.all(recorders.map(({ files }) => inspect(files, [published])));
  const all = await inspect({
    csv: recorders.map(({ csv }) => csv),
    json: recorders.map(({ json }) => json),
  }, [published]);
  const rows = parts.map((part) => part.rows);
  if (Math.min(...rows) === 0) broken.push(`They do not share: ${rows.join(", ")} rows`);
  const inversions = parts.reduce((sum, part) => sum + part.inversions, 0);
  for (const recorder of recorders) await recorder[Symbol.asyncDispose]();
  // Messages of a topic are in order within each file, not across files.
  return judge({ ...all, inversions }, {
    faults: kills,
    maxRssMb: Math.max(...recorders.map(({ maxRssMb }) => maxRssMb)),
    recoveryMs,
    note: `${rows.join(" + ")} rows`,
    broken,
  }, { duplicates: kills * WINDOW });
}

export const share: FaultCase = {
  number: 29,
  name: "shared by three recorders",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run,
};
