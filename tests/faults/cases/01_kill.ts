/** Cases 1 and 2: kill -9 under load, again and again, and while a backlog is worked off. */

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
/** Offered, so that what is measured stays above what was promised to be borne. */
const RATE = 7_000, MIN_RATE = 5_000;
/** Unacknowledged messages a broker may have under way: the Receive Maximum. */
const WINDOW = 2_000;
/** Longest wait before a kill, and share of kills that come before it even records, in percent. */
const BACKLOG_MS = 50, PATIENCE_MS = 2_000, MAX_WAIT_MS = 500, EARLY_PERCENT = 20, EARLY_MS = 400;

/**
 * Waits until no backlog is left at the broker. Where that takes long, because Mosquitto searches
 * a long list at each acknowledgement, publishing is paused; resolves with how long, in ms.
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
 * @param backlog Killed while messages wait at the broker. Mosquitto 2.0.11 then has more than
 * Receive Maximum in flight: each acknowledgement draws as many again from its queue.
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
    // The quick set runs on machines that do other things too.
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
  name: "kill -9 behind a backlog",
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
