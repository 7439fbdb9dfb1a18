/** Case 6: the disk is full, then has room again. */

import { COUNT, startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

/** Both files need about 220 bytes a message: more than is free, less than the whole disk. */
const MESSAGES = 3_500, RATE = 3_000;
const FILLER_BYTES = 600 * 1024, FULL_MS = 1_500;
const STALLED = "Cannot write";

async function command(name: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  if (!success) throw new Error(`${name} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Records until the disk is full, frees it, and judges the files. */
async function fill(
  { folder }: Context,
  recorder: Recorder,
  port: number,
  free: () => Promise<void>,
): Promise<Figures> {
  await recorder.start();
  await sleep(COUNT.steadyMs);
  await using publisher = Publisher.start({ port, rate: RATE, count: MESSAGES });
  await recorder.program.waitForOutput(STALLED);
  await publisher.finished();
  await sleep(FULL_MS);
  const growing = recorder.grows();
  await free();
  const recoveryMs = await growing;
  await recorder.quiet([publisher.published]);
  await sleep(COUNT.maxMs);
  const { code, stderr } = await recorder.end("SIGTERM");
  const found = await inspect(recorder.files, [publisher.published]);
  const torn = [];
  for await (const { name } of Deno.readDir(`${folder}/rec`)) {
    if (name.endsWith(".torn")) torn.push(name);
  }
  const { gaps, problems } = await recorder.gapLog();
  return judge(found, {
    faults: 1,
    maxRssMb: recorder.maxRssMb,
    recoveryMs,
    broken: [
      ...problems,
      ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
      ...(torn.length > 0 ? [`${torn.join()} was left`] : []),
      ...(gaps.some(({ atRisk }) => atRisk === "yes") ? ["A gap row says that rows may miss"] : []),
    ],
  });
}

export const fullDisk: FaultCase = {
  number: 6,
  name: "full 1 MB tmpfs then freed",
  needs: ["mosquitto", "linux", "root"],
  inQuick: true,
  async run(context) {
    const { folder } = context;
    await using broker = await startBroker(folder, { lines: COUNT.lines });
    const place = `${folder}/rec`;
    await Deno.mkdir(place);
    await command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place);
    try {
      await Deno.writeFile(`${place}/filler`, new Uint8Array(FILLER_BYTES));
      await using recorder = new Recorder({ folder, port: broker.port });
      return await fill(
        context,
        recorder,
        broker.port,
        () => Deno.remove(`${place}/filler`),
      );
    } finally {
      await command("umount", "--lazy", place);
    }
  },
};

export const fileLimit: FaultCase = {
  number: 6,
  name: "file size limit then lifted",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run(context) {
    const { folder } = context;
    await using broker = await startBroker(folder, { lines: COUNT.lines });
    await Deno.mkdir(`${folder}/rec`);
    await using recorder = new Recorder({
      folder,
      port: broker.port,
      // 512-byte blocks. With the signal ignored a write beyond them fails with EFBIG.
      through: ["sh", "-c", `trap '' XFSZ; ulimit -S -f 200; exec "$@"`, "sh"],
    });
    return await fill(
      context,
      recorder,
      broker.port,
      () => command("prlimit", "--fsize=unlimited:", "--pid", String(recorder.pid)),
    );
  },
};
