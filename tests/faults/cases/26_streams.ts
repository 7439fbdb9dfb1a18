/** Case 26: input ends, nobody listens, or the streams were never open. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge, sum } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const AFTER_MS = 500;

interface Streams {
  readonly name: string;
  readonly through?: readonly string[];
  /** Done while it records. */
  readonly fault?: (recorder: Recorder) => Promise<void> | void;
}

const ALL: readonly Streams[] = [
  { name: "stdin ends", fault: (recorder) => recorder.program.endInput() },
  { name: "pipe broken", fault: (recorder) => recorder.program.hangUp() },
  { name: "stdin closed", through: ["sh", "-c", 'exec "$@" <&-', "sh"] },
  { name: "stdout, stderr closed", through: ["sh", "-c", 'exec "$@" >&- 2>&-', "sh"] },
  { name: "/dev/full", through: ["sh", "-c", 'exec "$@" >/dev/full 2>/dev/full', "sh"] },
];

async function run(
  { name, through, fault }: Streams,
  context: Context,
  port: number,
): Promise<Figures> {
  const word = name.replace(/\W+/g, "_");
  const folder = `${context.folder}/${word}`;
  await Deno.mkdir(folder);
  const flags = ["--topic", `sensors/${word}/#`];
  await using recorder = new Recorder({ folder, port, flags, ...(through && { through }) });
  recorder.launch();
  await sleep(AFTER_MS);
  await using publisher = Publisher.start({ port, name: word, rate: 1_000 });
  const { published } = publisher;
  await recorder.grows();
  await fault?.(recorder);
  // Something to say, while there may be nobody to say it to.
  await recorder.program.type("s").catch(() => {});
  await sleep(AFTER_MS);
  await recorder.grows();
  await publisher.pause();
  await sleep(AFTER_MS);
  const { code, ms } = await recorder.end("SIGTERM");
  const found = await inspect(recorder.files, [published]);
  // Nobody hears when it is connected: what was published before that is not its to record.
  const first = Math.min(
    ...published.sent.map((_, id) => id).filter((id) => !found.lost.some((lost) => lost.id === id)),
  );
  return judge({ ...found, lost: found.lost.filter(({ id }) => id > first) }, {
    faults: 1,
    maxRssMb: recorder.maxRssMb,
    note: name,
    broken: code === 0 && ms < 2_000 ? [] : [`${name}: exit ${code} after ${Math.round(ms)} ms`],
  });
}

export const streams: FaultCase = {
  number: 26,
  name: "stdin EOF and stdout closed",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run(context) {
    await using broker = await startBroker(context.folder);
    // All at once: most of their time is waiting.
    return sum(await Promise.all(ALL.map((each) => run(each, context, broker.port))));
  },
};
