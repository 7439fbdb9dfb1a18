/** Case 3: kill -9 at QoS 0; the gap log must cover every lost message. */

import { seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import { admits, describeGaps } from "../gaps.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const KILLS = { quick: 3, full: 20 };
const RATE = 5_000, MAX_WAIT_MS = 500;

export const qos0: FaultCase = {
  number: 3,
  name: "kill -9 at QoS 0",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder, quick, seed }) {
    const random = seeded(seed);
    const kills = quick ? KILLS.quick : KILLS.full;
    await using broker = await startBroker(folder);
    await using recorder = await Recorder.start({ folder, port: broker.port, qos: 0 });
    await using publisher = Publisher.start({ port: broker.port, qos: 0, rate: RATE });
    const { published } = publisher;
    let recoveryMs = 0;
    for (let kill = 0; kill < kills; kill++) {
      await recorder.grows();
      await sleep(random(MAX_WAIT_MS));
      await recorder.kill();
      const killed = performance.now();
      await recorder.start();
      recoveryMs = Math.max(recoveryMs, performance.now() - killed + await recorder.grows());
    }
    await publisher.pause();
    // Fewer rows than messages will come: wait until the files stop growing.
    await recorder.still();
    await recorder.end("SIGTERM");
    const found = await inspect(recorder.files, [published]);
    const { gaps, problems } = await recorder.gapLog();
    const unclean = gaps.filter(({ cause }) => cause === "unclean end");
    const outside = found.lost.filter(({ id }) =>
      !gaps.some((gap) => admits(gap, published.sent[id]!, 0))
    );
    const broken = [...problems];
    if (unclean.length !== kills) broken.push(`${kills} kills, and ${describeGaps(gaps)}`);
    if (outside.length > 0) {
      const { id } = outside[0]!;
      const time = new Date(published.sent[id]!).toISOString();
      broken.push(`${outside.length} lost messages lie in no gap row, the first sent ${time}`);
    }
    const window = found.lost.length / RATE * 1000 / kills;
    return judge(found, {
      faults: kills,
      maxRssMb: recorder.maxRssMb,
      recoveryMs,
      note: `${Math.round(window)} ms lost per kill; ${describeGaps(gaps)}`,
      broken,
    }, { lost: Infinity });
  },
};
