/** Cases 1 and 2: kill -9 under load, repeatedly, and during a backlog. */

import type { QoS } from "../../../lib/message/message.ts";
import { seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const KILLS = { quick: 6, full: 100 }, BACKLOG_KILLS = { quick: 3, full: 20 };
/** Offered rate, above the promised one. */
const RATE = 7_000, MIN_RATE = 5_000;
/** Messages that a broker may have in flight: the Receive Maximum. */
const WINDOW = 2_000;
/** Longest wait before a kill, and percentage of kills before it records. */
const BACKLOG_MS = 50, PATIENCE_MS = 2_000, MAX_WAIT_MS = 500, EARLY_PERCENT = 20, EARLY_MS = 400;

/**
 * Waits until the broker has no backlog, and resolves with the time in ms. Pauses publishing if it
 * takes long, because Mosquitto searches a long list at each acknowledgement.
 */
async function catchUp(recorder: Recorder, publisher: Publisher): Promise<number> {
  const { published } = publisher;
  if (await recorder.caughtUp(published, PATIENCE_MS).then(() => true, () => false)) return 0;
  const began = performance.now();
  await publisher.pause();
  await recorder.caughtUp(published);
  publisher.resume();
  return performance.now() - began;
}

/**
 * @param backlog Kills while messages wait at the broker. Mosquitto 2.0.11 then has more than
 * Receive Maximum in flight: each acknowledgement releases several messages of its queue.
 */
async function killAgainAndAgain(
  qos: QoS,
  context: Context,
  backlog = false,
): Promise<Figures> {
  const { folder, quick, seed, say } = context;
  const random = seeded(seed);
  const set = backlog ? BACKLOG_KILLS : KILLS;
  const kills = quick ? set.quick : set.full;
  await using broker = await startBroker(folder);
  await using recorder = await Recorder.start({ folder, port: broker.port, qos });
  await using publisher = Publisher.start({ port: broker.port, qos, rate: RATE });
  const { published } = publisher;
  const began = performance.now();
  let recoveryMs = 0, faults = 0, pausedMs = 0;
  for (let kill = 1; kill <= kills; kill++) {
    if (backlog) await sleep(BACKLOG_MS);
    else pausedMs += await catchUp(recorder, publisher);
    await sleep(random(MAX_WAIT_MS));
    await recorder.kill();
    faults++;
    if (random(100) < EARLY_PERCENT) {
      recorder.launch();
      await sleep(random(EARLY_MS));
      await recorder.kill();
      faults++;
    }
    const killed = performance.now();
    await recorder.start();
    recoveryMs = Math.max(recoveryMs, performance.now() - killed + await recorder.grows());
    if (kill % 10 === 0) say(`${kill} kills`);
  }
  const rate = published.ackedCount * 1000 / (performance.now() - began - pausedMs);
  await publisher.pause();
  await recorder.quiet([published]);
  await recorder.end("SIGTERM");
  const found = await inspect(recorder.files, [published]);
  return judge(found, {
    faults,
    maxRssMb: recorder.maxRssMb,
    recoveryMs,
    note: `${Math.round(rate)} msg/s`,
    // The quick set runs on busy machines.
    broken: rate < MIN_RATE && !quick ? [`Only ${Math.round(rate)} msg/s were offered`] : [],
  }, { duplicates: faults * WINDOW });
}

export const killQos1: FaultCase = {
  number: 1,
  name: "kill -9 at QoS 1",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run: (context) => killAgainAndAgain(1, context),
};

export const killInBacklog: FaultCase = {
  number: 1,
  name: "kill -9 during a backlog",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run: (context) => killAgainAndAgain(1, context, true),
};

export const killQos2: FaultCase = {
  number: 2,
  name: "kill -9 at QoS 2",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  run: (context) => killAgainAndAgain(2, context),
};
