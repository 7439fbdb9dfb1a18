/** Case 27: all faults, for minutes, in random order. */

import { type Random, seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import type { Rule } from "../disk_rules.ts";
import { describeGaps } from "../gaps.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";
import type { Mosquitto } from "../../support/mosquitto.ts";

const LENGTH_MS = { quick: 12_000, full: 300_000 };
const RATE = 2_000, MAX_PAUSE_MS = 1_500, MAX_AWAY_MS = 2_000, WINDOW = 2_000;
const MAX_RSS_MB = 250;

interface Scene {
  readonly recorder: Recorder;
  readonly broker: Mosquitto;
  readonly proxy: Proxy;
  readonly random: Random;
}

type Fault = (scene: Scene) => Promise<void>;

/** Disk errors that end after a while. */
function onDisk(...rules: readonly Omit<Rule, "name">[]): Fault {
  return async ({ recorder, random }) => {
    await recorder.disk.set(rules.map((rule) => ({ ...rule, name: "soak" })));
    await sleep(random(MAX_AWAY_MS));
    await recorder.disk.heal();
  };
}

const FAULTS: Readonly<Record<string, Fault>> = {
  async "kill -9"({ recorder }) {
    await recorder.kill();
    await recorder.start();
  },
  async SIGTERM({ recorder }) {
    await recorder.end("SIGTERM");
    await recorder.start();
  },
  async "broker restart"({ broker, random }) {
    await broker.stop();
    await sleep(random(MAX_AWAY_MS));
    await broker.start();
  },
  // deno-lint-ignore require-await
  async cut({ proxy }) {
    proxy.cut();
  },
  // deno-lint-ignore require-await
  async "half-open"({ proxy }) {
    proxy.freeze();
  },
  async refused({ proxy, random }) {
    proxy.refuse();
    proxy.cut();
    await sleep(random(MAX_AWAY_MS));
    proxy.pass();
  },
  async slow({ proxy, random }) {
    proxy.delayMs = 1 + random(100);
    await sleep(random(MAX_AWAY_MS));
    proxy.delayMs = 0;
  },
  "EIO on write": onDisk({ on: "write", file: "any", error: "EIO" }),
  "EIO on sync": onDisk({ on: "sync", file: "json", error: "EIO" }),
  "full disk": onDisk({ on: "write", file: "any", error: "ENOSPC" }),
  "no permission": onDisk(
    { on: "write", file: "csv", error: "EIO", times: 1 },
    { on: "open", file: "any", error: "EACCES" },
  ),
  stall: onDisk({ on: "sync", file: "csv", stallMs: 1_500, times: 2 }),
};

export const soak: FaultCase = {
  number: 27,
  name: "soak",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder, quick, seed, say }) {
    const random = seeded(seed);
    await using broker = await startBroker(folder, { persistence: true });
    using proxy = Proxy.start(() => broker.port);
    const flags = ["--keepalive", "2", "--keep-session"];
    await using recorder = await Recorder.start({ folder, port: proxy.port, flags });
    await using publisher = Publisher.start({ port: broker.port, rate: RATE });
    const scene = { recorder, broker, proxy, random };
    const names = Object.keys(FAULTS);
    const lengthMs = quick ? LENGTH_MS.quick : LENGTH_MS.full;
    const began = performance.now();
    let faults = 0, recoveryMs = 0, earlyMb = 0;
    for (let elapsed = 0; elapsed < lengthMs; elapsed = performance.now() - began) {
      const name = names[random(names.length)]!;
      say(name);
      await FAULTS[name]!(scene);
      recoveryMs = Math.max(recoveryMs, await recorder.grows(60_000));
      await sleep(random(MAX_PAUSE_MS));
      faults++;
      if (elapsed < lengthMs / 3) earlyMb = recorder.maxRssMb;
    }
    await publisher.pause();
    await recorder.quiet([publisher.published]);
    const { code, stderr } = await recorder.end("SIGTERM");
    const { gaps, problems } = await recorder.gapLog();
    return judge(await inspect(recorder.files, [publisher.published]), {
      faults,
      maxRssMb: recorder.maxRssMb,
      recoveryMs,
      note: `${lengthMs / 1000} s; most memory in the first third ${Math.round(earlyMb)} MB; ` +
        describeGaps(gaps),
      broken: [
        ...problems,
        ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
        ...(recorder.maxRssMb > MAX_RSS_MB ? [`It took ${recorder.maxRssMb} MB`] : []),
      ],
    }, { duplicates: faults * WINDOW });
  },
};
