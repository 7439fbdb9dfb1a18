/** Case 26: standard streams end, are not read, or were never open. */

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
  /** The fault while it records. */
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
  // Causes output, which may have no reader.
  await recorder.program.type("s").catch(() => {});
  await sleep(AFTER_MS);
  await recorder.grows();
  await publisher.pause();
  await sleep(AFTER_MS);
  const { code, ms } = await recorder.end("SIGTERM");
  const found = await inspect(recorder.files, [published]);
  // Its output does not show when it is connected: earlier messages do not count.
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
    // In parallel: they mostly wait.
    return sum(await Promise.all(ALL.map((each) => run(each, context, broker.port))));
  },
};
