/** Case 26: input ends, nobody listens, or the streams were never open. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge, sum } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher, sleep } from "../publisher.ts";
import { Recorder } from "../recorder.ts";

const AFTER_MS = 500;

interface Streams {
  readonly name: string;
  readonly through?: readonly string[];
  readonly flags?: readonly string[];
  /** Done while it records. */
  readonly fault?: (recorder: Recorder) => Promise<void> | void;
}

const ALL: readonly Streams[] = [
  { name: "stdin ends", fault: (recorder) => recorder.program.endInput() },
  // Many lines of figures are due when nobody reads them.
  { name: "pipe broken", flags: ["--verbose"], fault: (recorder) => recorder.program.hangUp() },
  { name: "stdin closed", through: ["sh", "-c", 'exec "$@" <&-', "sh"] },
  { name: "stdout, stderr closed", through: ["sh", "-c", 'exec "$@" >&- 2>&-', "sh"] },
  { name: "/dev/full", through: ["sh", "-c", 'exec "$@" >/dev/full 2>/dev/full', "sh"] },
];

async function run(
  { name, through, flags = [], fault }: Streams,
  context: Context,
  port: number,
): Promise<Figures> {
  const folder = `${context.folder}/${name.replace(/\W+/g, "_")}`;
  await Deno.mkdir(folder);
  await using recorder = new Recorder({ folder, port, flags, ...(through && { through }) });
  recorder.launch();
  await sleep(AFTER_MS);
  await using publisher = Publisher.start({ port, rate: 1_000 });
  const { published } = publisher;
  await recorder.grows();
  await fault?.(recorder);
  // Lines are said on a lost connection too: to a stream that is gone.
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
  name: "stdin EOF, stdout closed",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run(context) {
    await using broker = await startBroker(context.folder);
    const parts: Figures[] = [];
    for (const each of ALL) parts.push(await run(each, context, broker.port));
    return sum(parts);
  },
};
