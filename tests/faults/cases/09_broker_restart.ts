/** Cases 9 and 10: the broker restarts, with and without its sessions. */

import { seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { admits, describeGaps, type Gap } from "../gaps.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const ROUNDS = { quick: 3, full: 20 };
const RATE = 2_000, WINDOW = 2_000, MAX_AWAY_MS = 1_500, MAX_UP_MS = 300, SAVE_MS = 200;
/** Tolerance of the gap log. */
const SLACK_MS = 1_000;
/** Maximum length of the text with a payload's id. */
const CARRY = 40;

interface Restart {
  readonly signal: "SIGTERM" | "SIGKILL";
  /** Whether the broker keeps its sessions. */
  readonly persistence: boolean;
}

/** An outage as measured by the test, ms since the epoch. */
interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Ids that the proxy has forwarded to the recorder. */
class Tap {
  readonly ids = new Set<number>();
  #carry = "";

  readonly see = (bytes: Uint8Array): void => {
    const text = this.#carry + new TextDecoder("latin1").decode(bytes);
    for (const [, id] of text.matchAll(/p (\d+) /g)) this.ids.add(Number(id));
    this.#carry = text.slice(-CARRY);
  };
}

function checkGapLog(gaps: readonly Gap[], outages: readonly Outage[], resumed: boolean): string[] {
  const broken: string[] = [];
  if (gaps.length !== outages.length) {
    return [`${outages.length} outages, and ${gaps.length} rows: ${describeGaps(gaps)}`];
  }
  for (const [i, { from, to }] of outages.entries()) {
    const gap = gaps[i]!;
    const wrong = Math.max(Math.abs(gap.from - from), Math.abs(gap.to - to));
    if (wrong > SLACK_MS) broken.push(`gap row ${i + 1} is ${wrong} ms beside the outage`);
    // What a broker dropped before it was restarted, it does not know any more.
    const session = resumed ? "resumed" : "lost", atRisk = "yes";
    if (gap.session !== session || gap.atRisk !== atRisk) {
      broken.push(`gap row ${i + 1} says ${gap.session}, ${gap.atRisk}, not ${session}, ${atRisk}`);
    }
  }
  return broken;
}

async function restart({ signal, persistence }: Restart, context: Context): Promise<Figures> {
  const { folder, quick, seed, say } = context;
  const random = seeded(seed);
  await using broker = await startBroker(folder, { persistence });
  using proxy = Proxy.start(() => broker.port);
  const tap = new Tap();
  proxy.onDown = tap.see;
  await using recorder = await Recorder.start({ folder, port: proxy.port });
  await using publisher = Publisher.start({ port: broker.port, rate: RATE });
  const { published } = publisher;
  const outages: Outage[] = [];
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  let recoveryMs = 0;
  for (let round = 1; round <= rounds; round++) {
    await recorder.grows();
    await sleep(random(MAX_UP_MS));
    if (signal === "SIGKILL" && persistence) {
      // Makes the broker save its sessions now.
      Deno.kill(broker.pid!, "SIGUSR1");
      await sleep(SAVE_MS);
    }
    const from = Date.now();
    const heard = recorder.lines.length;
    await broker.stop(signal);
    await sleep(random(MAX_AWAY_MS));
    await broker.start();
    const back = performance.now();
    const { time } = await recorder.hears(/again/, heard);
    outages.push({ from, to: time });
    await recorder.grows();
    recoveryMs = Math.max(recoveryMs, performance.now() - back);
    if (round % 10 === 0) say(`${round} × ${signal}`);
  }
  await sleep(SLACK_MS);
  await publisher.pause();
  if (persistence && signal === "SIGTERM") await recorder.quiet([published]);
  else await recorder.still();
  await recorder.end("SIGTERM");
  const { gaps, problems } = await recorder.gapLog();
  const found = await inspect(recorder.files, [published]);
  const broken = [...problems, ...checkGapLog(gaps, outages, persistence)];
  // Messages that the broker acknowledged and lost never reached the recorder.
  const delivered = found.lost.filter(({ id }) => tap.ids.has(id));
  const unknown = persistence
    ? delivered
    : found.lost.filter(({ id }) =>
      !gaps.some((gap) => admits(gap, published.acked[id]!, 1, SLACK_MS))
    );
  const mayLose = !persistence || signal === "SIGKILL";
  if (mayLose && unknown.length > 0) {
    broken.push(`${unknown.length} lost messages were delivered, or lie in no gap row`);
  }
  const gone = found.lost.length - delivered.length;
  return judge(found, {
    faults: outages.length,
    maxRssMb: recorder.maxRssMb,
    recoveryMs,
    note: `${describeGaps(gaps)}${gone > 0 ? `; the broker never delivered ${gone}` : ""}` +
      (found.repeated > 0 ? `; ${found.repeated} repeated by the publisher` : ""),
    broken,
  }, {
    lost: mayLose ? Infinity : 0,
    // The broker delivers messages again whose acknowledgement it had not read.
    duplicates: signal === "SIGKILL" ? Infinity : outages.length * WINDOW,
  });
}

function faultCase(number: number, name: string, options: Restart): FaultCase {
  return {
    number,
    name,
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: (context) => restart(options, context),
  };
}

export const brokerRestarts: readonly FaultCase[] = [
  faultCase(9, "broker SIGTERM with persistence", { signal: "SIGTERM", persistence: true }),
  faultCase(9, "broker SIGKILL with persistence", { signal: "SIGKILL", persistence: true }),
  faultCase(10, "broker back without sessions", { signal: "SIGTERM", persistence: false }),
];
