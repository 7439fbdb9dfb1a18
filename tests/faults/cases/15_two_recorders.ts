/** Case 15: two recorders with one output. */

import { run } from "../../support/program.ts";
import { startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";

const TRIES = { quick: 2, full: 10 }, MAX_MS = 1_000;

export const twoRecorders: FaultCase = {
  number: 15,
  name: "two recorders on one file",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder, quick }) {
    await using broker = await startBroker(folder);
    await using recorder = await Recorder.start({ folder, port: broker.port });
    await using publisher = Publisher.start({ port: broker.port, rate: 3_000 });
    const broken: string[] = [];
    const tries = quick ? TRIES.quick : TRIES.full;
    let worstMs = 0, startMs = Infinity;
    for (let i = 0; i < tries; i++) {
      await recorder.grows();
      let began = performance.now();
      await run(["--version"], { cwd: folder });
      startMs = Math.min(startMs, performance.now() - began);
      began = performance.now();
      const flags = ["--broker", "127.0.0.1", "--port", String(broker.port)];
      const second = await run([...flags, "--output", "rec/data"], { cwd: folder });
      worstMs = Math.max(worstMs, performance.now() - began);
      if (second.code !== 1) broken.push(`The second ended with ${second.code}`);
      if (!second.stderr.includes(String(recorder.pid))) {
        broken.push(`The second does not name the first: ${second.stderr.trim()}`);
      }
    }
    if (worstMs - startMs > MAX_MS) broken.push(`The second took ${Math.round(worstMs)} ms`);
    await publisher.pause();
    await recorder.quiet([publisher.published]);
    await recorder.end("SIGTERM");
    return judge(await inspect(recorder.files, [publisher.published]), {
      faults: tries,
      maxRssMb: recorder.maxRssMb,
      note: `the second exits after ${Math.round(worstMs)} ms at most, ` +
        `of which Deno needs ${Math.round(startMs)} to start`,
      broken,
    });
  },
};
