/** Case 32: the power of a real file system is cut while a recorder writes to it. */

import { seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { FileSystem, type FileSystemKind } from "../file_system.ts";
import { judge, sum } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

/** Power cuts, and how many of them one recording takes. */
const CUTS = { quick: 4, full: 50 }, CUTS_PER_RECORDING = 5;
/** Half of the cuts come so soon after the start of the process, the others until later. */
const EARLY_MS = 3_000, LATE_MS = 10_000;
const RATE = 3_000, WINDOW = 2_000;

/** What the cuts left. */
interface Traces {
  /** Cuts after which a file held NULs, which no row does. */
  nuls: number;
  /** The longest time from a start to the next row. */
  recoveryMs: number;
  readonly broken: string[];
}

async function holdsNul(path: string): Promise<boolean> {
  const bytes = await Deno.readFile(path).catch(() => new Uint8Array());
  return bytes.includes(0);
}

/** The client id of the newest state that the lock file holds. */
async function clientId({ output }: Recorder): Promise<string | undefined> {
  const text = await Deno.readTextFile(`${output}.lock`).catch(() => "");
  return [...text.matchAll(/"clientId":"([^"]+)"/g)].at(-1)?.[1];
}

/** Cuts the power `moments` long after each start, and starts again. */
async function cutAgainAndAgain(
  disk: FileSystem,
  recorder: Recorder,
  port: number,
  moments: readonly { ms: number; journal: boolean }[],
  traces: Traces,
): Promise<Publisher> {
  let publisher: Publisher | undefined;
  let known: string | undefined;
  for (const { ms, journal } of moments) {
    recorder.launch();
    let over: string | undefined;
    const ended = recorder.ended().then(({ stderr }) => over ??= stderr);
    const launched = performance.now();
    // Whoever has not subscribed yet was promised nothing.
    const ready = recorder.ready().then(() => publisher ??= Publisher.start({ port, rate: RATE }));
    await Promise.race([ready.catch(() => {}), sleep(ms)]);
    await sleep(Math.max(0, ms - (performance.now() - launched)));
    if (publisher !== undefined) known ??= await clientId(recorder);
    if (over !== undefined) throw new Error(`It ended before the cut: ${over}`);
    await disk.cutPower(journal);
    await recorder.kill();
    await ended;
    await ready.catch(() => {});
    await disk.restorePower();
    const nuls = [await holdsNul(recorder.csv), await holdsNul(recorder.json)];
    if (nuls.includes(true)) traces.nuls++;
  }
  const began = performance.now();
  await recorder.start();
  publisher ??= Publisher.start({ port, rate: RATE });
  traces.recoveryMs = Math.max(
    traces.recoveryMs,
    performance.now() - began + await recorder.grows(),
  );
  const now = await clientId(recorder);
  if (known !== undefined && now !== known) traces.broken.push(`client id ${known} became ${now}`);
  return publisher;
}

async function run(kind: FileSystemKind, { folder, quick, seed, say }: Context): Promise<Figures> {
  const random = seeded(seed + 32);
  const cuts = quick ? CUTS.quick : CUTS.full;
  await using disk = await FileSystem.make(kind, folder);
  const traces: Traces = { nuls: 0, recoveryMs: 0, broken: [] };
  const parts: Figures[] = [];
  let early = 0;
  for (let done = 0; done < cuts; done += CUTS_PER_RECORDING) {
    const moments = Array.from({ length: Math.min(CUTS_PER_RECORDING, cuts - done) }, (_, i) => {
      const ms = (done + i) % 2 === 0 ? random(EARLY_MS) : EARLY_MS + random(LATE_MS - EARLY_MS);
      if (ms < EARLY_MS) early++;
      return { ms, journal: random(2) === 0 };
    });
    const qos = 1 + parts.length % 2 as 1 | 2;
    const output = `rec${done}/data`;
    // The sessions of recordings that have ended would fill the broker.
    await using broker = await startBroker(folder);
    await using recorder = new Recorder({ folder: disk.folder, port: broker.port, qos, output });
    await using publisher = await cutAgainAndAgain(disk, recorder, broker.port, moments, traces);
    await publisher.pause();
    await recorder.quiet([publisher.published]);
    const { code, stderr } = await recorder.end("SIGTERM");
    const { problems } = await recorder.gapLog();
    parts.push(judge(
      await inspect(recorder.files, [publisher.published]),
      {
        faults: moments.length,
        maxRssMb: recorder.maxRssMb,
        recoveryMs: traces.recoveryMs,
        broken: [...problems, ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`])],
      },
      { duplicates: moments.length * WINDOW },
    ));
    say(`${done + moments.length} cuts`);
  }
  const total = sum(parts);
  return {
    ...total,
    note: `${early} within 3 s of a start; NULs in a file after ${traces.nuls}; client id kept`,
    broken: [...total.broken, ...traces.broken],
  };
}

function powerCut(kind: FileSystemKind): FaultCase {
  return {
    number: 32,
    name: `power cuts on ${kind}`,
    needs: ["mosquitto", "linux", "root", "loop device"],
    inQuick: false,
    onlyWithRoot: true,
    run: (context) => run(kind, context),
  };
}

export const powerCuts: readonly FaultCase[] = [powerCut("ext4"), powerCut("xfs")];
