/** Case 7: the disk reports errors on write and sync. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import type { Rule } from "../disk_rules.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const ROUNDS = { quick: 1, full: 5 };
const WAIT_MS = 300;

const ERRORS: readonly Rule[] = (["csv", "json"] as const).flatMap((file) => [
  { name: `EIO on write of ${file}`, on: "write", file, error: "EIO", times: 1 },
  { name: `EIO on sync of ${file}`, on: "sync", file, error: "EIO", times: 1 },
  { name: `EIO thrice on sync of ${file}`, on: "sync", file, error: "EIO", times: 3 },
  { name: `short write of ${file}, then ENOSPC`, on: "write", file, error: "ENOSPC", times: 4 },
  { name: `EDQUOT on write of ${file}`, on: "write", file, error: "EDQUOT", times: 2 },
  { name: `EIO on the cut of ${file}`, on: "truncate", file, error: "EIO", times: 1 },
]);

/** A cut only follows a failure: adds a failed write. */
function rulesFor(rule: Rule): readonly Rule[] {
  if (rule.on !== "truncate") return [rule];
  return [rule, { ...rule, name: "the failure before", on: "write", times: 1 }];
}

async function run({ folder, quick, say }: Context): Promise<Figures> {
  await using broker = await startBroker(folder);
  await using recorder = await Recorder.start({ folder, port: broker.port });
  await using publisher = Publisher.start({ port: broker.port, rate: 5_000 });
  let recoveryMs = 0;
  // The quick set applies each error to one file, the full set to both.
  const errors = quick ? ERRORS.filter((_, i) => i % 4 < 2 === i < ERRORS.length / 2) : ERRORS;
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  for (let round = 0; round < rounds * errors.length; round++) {
    const rule = errors[round % errors.length]!;
    await recorder.grows();
    const before = (await recorder.disk.strikes()).length;
    const began = performance.now();
    await recorder.disk.set(rulesFor(rule));
    while ((await recorder.disk.strikes()).length === before) await sleep(10);
    await sleep(WAIT_MS);
    recoveryMs = Math.max(recoveryMs, await recorder.grows() + performance.now() - began);
    if (round % errors.length === 0) say(`${round} errors`);
  }
  await recorder.disk.heal();
  await publisher.pause();
  await recorder.quiet([publisher.published]);
  const { code, stderr } = await recorder.end("SIGTERM");
  const strikes = await recorder.disk.strikes();
  const names = new Set(strikes.map(({ rule }) => rule));
  const missing = errors.filter(({ name }) => !names.has(name));
  const { gaps, problems } = await recorder.gapLog();
  const found = await inspect(recorder.files, [publisher.published]);
  return judge(found, {
    faults: strikes.length,
    maxRssMb: recorder.maxRssMb,
    recoveryMs,
    note: "a failed sync discards the unsynced bytes",
    broken: [
      ...problems,
      ...missing.map(({ name }) => `${name} never struck`),
      ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
      ...(gaps.some(({ session }) => session !== "kept") ? ["The connection was lost"] : []),
    ],
  });
}

export const diskErrors: FaultCase = {
  number: 7,
  name: "EIO and ENOSPC on write and fsync",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run,
};
