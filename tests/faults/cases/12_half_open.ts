/** Case 12: the connection is dead without an error. */

import { startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import { describeGaps } from "../gaps.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";

const ROUNDS = { quick: 1, full: 5 };
const KEEPALIVE_SECONDS = 2, WINDOW = 2_000;
/** 1.5 keepalives of silence, the interval of the check, and time to reconnect. */
const NOTICED_MS = 3 * KEEPALIVE_SECONDS * 1000;

export const halfOpen: FaultCase = {
  number: 12,
  name: "half-open TCP at keepalive 2 s",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder, quick }) {
    await using broker = await startBroker(folder);
    using proxy = Proxy.start(() => broker.port);
    const flags = ["--keepalive", String(KEEPALIVE_SECONDS)];
    await using recorder = await Recorder.start({ folder, port: proxy.port, flags });
    await using publisher = Publisher.start({ port: broker.port, rate: 2_000 });
    const rounds = quick ? ROUNDS.quick : ROUNDS.full;
    let noticedMs = 0, recoveryMs = 0;
    for (let round = 0; round < rounds; round++) {
      await recorder.caughtUp(publisher.published);
      const heard = recorder.lines.length;
      const frozen = Date.now();
      proxy.freeze();
      const lost = await recorder.hears(/lost/, heard, 2 * NOTICED_MS);
      noticedMs = Math.max(noticedMs, lost.time - frozen);
      // Rows may come first: a resumed session delivers at once.
      await recorder.hears(/again/, heard);
      await recorder.grows();
      recoveryMs = Math.max(recoveryMs, Date.now() - frozen);
    }
    await publisher.pause();
    await recorder.quiet([publisher.published]);
    await recorder.end("SIGTERM");
    const { gaps, problems } = await recorder.gapLog();
    const good = gaps.filter(({ cause, session }) =>
      cause.startsWith("connection lost") && session === "resumed"
    );
    const found = await inspect(recorder.files, [publisher.published]);
    return judge(found, {
      faults: rounds,
      maxRssMb: recorder.maxRssMb,
      recoveryMs,
      note: `noticed within ${(noticedMs / 1000).toFixed(1)} s; ${describeGaps(gaps)}`,
      broken: [
        ...problems,
        ...(noticedMs > NOTICED_MS ? [`Noticed after ${noticedMs} ms only`] : []),
        ...(good.length === rounds && gaps.length === rounds
          ? []
          : [`Gap rows: ${describeGaps(gaps)}`]),
      ],
    }, { duplicates: rounds * WINDOW });
  },
};
