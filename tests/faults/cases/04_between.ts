/** Case 4: kills at chosen points of a commit, and of the repair at the next start. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import type { Rule } from "../disk_rules.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { within } from "../wait.ts";

const WINDOW = 2_000, ROUNDS = { quick: 1, full: 5 };
const STRIKE_MS = 10_000;

/** Points of a commit. */
const POINTS: readonly Omit<Rule, "name" | "at">[] = [
  { on: "write", file: "json", kill: "before", waitFor: { on: "write", file: "csv" } },
  { on: "write", file: "csv", kill: "before", waitFor: { on: "write", file: "json" } },
  { on: "write", file: "csv", kill: "amid" },
  { on: "write", file: "json", kill: "amid" },
  { on: "write", file: "json", kill: "amid", waitFor: { on: "sync", file: "csv" } },
  { on: "write", file: "json", kill: "after", waitFor: { on: "write", file: "csv" } },
  { on: "sync", file: "json", kill: "before", waitFor: { on: "sync", file: "csv" } },
  { on: "sync", file: "csv", kill: "before", waitFor: { on: "sync", file: "json" } },
  { on: "sync", file: "json", kill: "after", waitFor: { on: "sync", file: "csv" } },
];

/** Points of the repair at the next start. */
const REPAIRS: readonly (Omit<Rule, "name"> | undefined)[] = [
  undefined,
  { on: "truncate", file: "any", kill: "before" },
  { on: "truncate", file: "any", kill: "after" },
  { on: "sync", file: "torn", kill: "before" },
];

function onEvent({ on, file, kill, waitFor }: Omit<Rule, "name">): string {
  return `${kill} ${on} of ${file}${waitFor ? ` after ${waitFor.on} of ${waitFor.file}` : ""}`;
}

/** Waits for a rule to kill the run; false if it did not, because there was nothing to repair. */
async function struck(recorder: Recorder, rule: Omit<Rule, "name">): Promise<boolean> {
  const before = (await recorder.disk.strikes()).length;
  await recorder.disk.set([{ ...rule, name: onEvent(rule) }]);
  const killed = recorder.ended().then(() => true);
  const ready = recorder.ready().then(() => false, () => true);
  const first = await Promise.race([killed, ready]);
  if (!first) return false;
  await killed;
  return (await recorder.disk.strikes()).length > before;
}

async function run({ folder, quick, say }: Context): Promise<Figures> {
  await using broker = await startBroker(folder);
  await using recorder = await Recorder.start({ folder, port: broker.port });
  await using publisher = Publisher.start({ port: broker.port, rate: 1_000 });
  const broken: string[] = [];
  let kills = 0, inRepair = 0, recoveryMs = 0;
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  for (let round = 0; round < rounds * POINTS.length; round++) {
    const point = POINTS[round % POINTS.length]!;
    await recorder.caughtUp(publisher.published);
    await recorder.disk.set([{ ...point, name: onEvent(point), at: 1 + round % 7 }]);
    await within(STRIKE_MS, recorder.ended(), `The kill ${onEvent(point)} does not come`);
    kills++;
    const repair = REPAIRS[round % REPAIRS.length];
    if (repair !== undefined) {
      recorder.launch();
      if (await struck(recorder, repair)) {
        kills++;
        inRepair++;
      } else await recorder.kill();
    }
    await recorder.disk.heal();
    const healed = performance.now();
    await recorder.start();
    recoveryMs = Math.max(recoveryMs, performance.now() - healed + await recorder.grows());
    if (round % POINTS.length === 0) say(`${kills} kills`);
  }
  await publisher.pause();
  await recorder.quiet([publisher.published]);
  await recorder.end("SIGTERM");
  const names = new Set((await recorder.disk.strikes()).map(({ rule }) => rule));
  for (const point of POINTS) {
    if (!names.has(onEvent(point))) broken.push(`${onEvent(point)}: no kill`);
  }
  const found = await inspect(recorder.files, [publisher.published]);
  return judge(found, {
    faults: kills,
    maxRssMb: recorder.maxRssMb,
    recoveryMs,
    note: `${POINTS.length} points of a commit, ${inRepair} kills during the repair`,
    broken,
  }, { duplicates: kills * WINDOW });
}

export const between: FaultCase = {
  number: 4,
  name: "kill between CSV and JSON",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run,
};
