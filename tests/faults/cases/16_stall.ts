/** Case 16: the disk stalls for a while. */

import { logged, startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import { describeGaps } from "../gaps.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const STALLS = { quick: [1_000, 7_000], full: [1_000, 7_000, 120_000] };
const KEEPALIVE_SECONDS = { quick: 2, full: 10 };
/**
 * Allowed growth since the start, in MB: two batches and their rows in two formats, and reserve.
 */
const MAX_GROWTH_MB = 100;
/** Stalls of this length must be in the gap log; their begin is exact to the second. */
const TOLD_MS = 7_000, SLACK_MS = 1_000;
/** The row ends later where the broker's queue is read after the stall: 2.3 s after 120 s. */
const DRAIN_SHARE = 0.05;

export const stall: FaultCase = {
  number: 16,
  name: "disk stalls",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder, quick, say }) {
    const stalls = quick ? STALLS.quick : STALLS.full;
    const keepalive = quick ? KEEPALIVE_SECONDS.quick : KEEPALIVE_SECONDS.full;
    await using broker = await startBroker(folder, { log: true });
    const flags = ["--keepalive", String(keepalive)];
    await using recorder = await Recorder.start({ folder, port: broker.port, flags });
    await using publisher = Publisher.start({ port: broker.port, rate: 3_000 });
    await recorder.grows();
    await sleep(1_000);
    const atStartMb = recorder.maxRssMb;
    let recoveryMs = 0;
    const began: number[] = [];
    for (const stallMs of stalls) {
      say(`${stallMs / 1000} s`);
      const before = (await recorder.disk.strikes()).length;
      await recorder.disk.set([{ name: "stall", on: "sync", file: "csv", stallMs, times: 1 }]);
      while ((await recorder.disk.strikes()).length === before) await sleep(10);
      began.push(Date.now());
      await sleep(stallMs);
      recoveryMs = Math.max(recoveryMs, await recorder.grows());
    }
    await publisher.pause();
    await recorder.quiet([publisher.published]);
    const dropped = await logged(
      folder,
      /mqttrec\S* (closed its connection|disconnected|has exceed)/,
    );
    await recorder.end("SIGTERM");
    const { gaps, problems } = await recorder.gapLog();
    // Long stalls must be logged with their length.
    const untold = stalls.filter((ms, i) =>
      ms >= TOLD_MS &&
      !gaps.some(({ cause, from, to }) =>
        cause === "write stall" && Math.abs(from - began[i]!) < SLACK_MS &&
        to - began[i]! > ms - SLACK_MS && to - began[i]! < ms * (1 + DRAIN_SHARE) + SLACK_MS
      )
    );
    const growthMb = recorder.maxRssMb - atStartMb;
    return judge(await inspect(recorder.files, [publisher.published]), {
      faults: stalls.length,
      maxRssMb: recorder.maxRssMb,
      recoveryMs,
      note: `${stalls.map((ms) => ms / 1000).join(", ")} s at keepalive ${keepalive}: ` +
        `no disconnect, +${Math.round(growthMb)} MB; ${describeGaps(gaps)}`,
      broken: [
        ...problems,
        ...untold.map((ms) => `No gap row tells of the ${ms / 1000} s`),
        ...(dropped.length > 0 ? [`The broker's log: ${dropped[0]}`] : []),
        ...(gaps.some(({ session }) => session !== "kept")
          ? [`Gap rows: ${describeGaps(gaps)}`]
          : []),
        ...(growthMb > MAX_GROWTH_MB ? [`Memory grew by ${Math.round(growthMb)} MB`] : []),
      ],
    });
  },
};
