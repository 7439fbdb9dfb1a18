/** Case 14: a second recorder uses the client id of the first. */

import { startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep, within } from "../wait.ts";

const SETTLED_MS = 25_000, PEACE_MS = 2_000, WINDOW = 2_000;

export const takeover: FaultCase = {
  number: 14,
  name: "client id taken over",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder }) {
    await using broker = await startBroker(folder);
    // Mosquitto 2.0.11 closes the first connection without a reason.
    using proxy = Proxy.start(() => broker.port);
    const options = { folder, port: proxy.port, flags: ["--client-id", "twins"] };
    await using first = await Recorder.start({ ...options, output: "rec/first" });
    await using publisher = Publisher.start({ port: broker.port, rate: 1_000 });
    await first.grows();
    await using second = new Recorder({ ...options, output: "rec/second" });
    const began = performance.now();
    second.launch();
    const { loser, winner, end } = await within(
      SETTLED_MS,
      Promise.race([
        first.ended().then((end) => ({ loser: first, winner: second, end })),
        second.ended().then((end) => ({ loser: second, winner: first, end })),
      ]),
      "Neither recorder gives way",
    );
    const tookMs = performance.now() - began;
    const broken: string[] = [];
    if (end.code !== 3) broken.push(`The one that gave way ended with ${end.code}: ${end.stderr}`);
    if (!/took over|client id/.test(end.stderr)) broken.push(`It said: ${end.stderr}`);
    await winner.grows();
    const accepted = proxy.accepted;
    await sleep(PEACE_MS);
    if (proxy.accepted > accepted) broken.push("The one that stayed was thrown out again");
    await publisher.pause();
    await winner.still();
    const { code } = await winner.end("SIGTERM");
    if (code !== 0) broken.push(`The one that stayed ended with ${code}`);
    const { published } = publisher;
    // The two share a session: each message is in the files of one or both.
    const parts = [
      await inspect(loser.files, [published]),
      await inspect(winner.files, [published]),
    ];
    const all = await inspect({
      csv: [...loser.files.csv, ...winner.files.csv],
      json: [...loser.files.json, ...winner.files.json],
    }, [published]);
    return judge({
      ...all,
      inversions: parts.reduce((total, { inversions }) => total + inversions, 0),
    }, {
      faults: 1,
      maxRssMb: Math.max(first.maxRssMb, second.maxRssMb),
      note: `the ${loser === first ? "first" : "second"} gave way after ` +
        `${(tookMs / 1000).toFixed(1)} s and ${accepted - 2} reconnections`,
      broken,
    }, { duplicates: WINDOW * accepted });
  },
};
