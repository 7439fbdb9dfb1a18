/** Injects faults into a running recorder and counts what is lost: `deno task faults --quick`. */

import { parseArgs } from "@std/cli/parse-args";
import { withoutMosquitto } from "../support/mosquitto.ts";
import { writeBetweenMarks } from "../support/markdown.ts";
import { print, succeeds } from "../support/program.ts";
import { brokers, limits } from "./broker.ts";
import type { Context, FaultCase, Need } from "./case.ts";
import { CASES } from "./cases.ts";
import { choose } from "./choose.ts";
import { running } from "./recorder.ts";
import { header, markdown, type Outcome, passed, row } from "./table.ts";
import { sleep, within } from "./wait.ts";

/** Time for a cancelled case to clean up: a mount, a listener. */
const CLEAN_UP_MS = 5_000;
const LIMIT_MS = { quick: 90_000, full: 1_800_000 };
/** The same with `--installed`: publishers keep to the 20 messages in flight that such a broker takes. */
const INSTALLED_MS = 180_000;
/** With `--rounds` a case has as much time as its rounds need. */
const ROUND_MS = 120_000;

const USAGE =
  "Usage: faults [--quick] [--root] [--installed] [--seed N] [--only NAME_OR_NUMBER,…]… " +
  "[--rounds N] [--markdown FILE]";

/** The requirement that this machine does not meet, as the reason of a skip. */
const LACKS: Readonly<Record<Need, () => boolean | Promise<boolean>>> = {
  mosquitto: () => withoutMosquitto,
  root: () => Deno.build.os === "windows" || Deno.uid() !== 0,
  linux: () => Deno.build.os !== "linux",
  python3: async () => !await succeeds("python3", ["--version"]),
  "loop device": async () =>
    !await succeeds("mkfs.ext4", ["-V"]) || !await succeeds("mkfs.xfs", ["-V"]) ||
    !await succeeds("xfs_io", ["-V"]) || !await succeeds("losetup", ["--find"]),
};

async function missing({ needs }: FaultCase): Promise<readonly Need[]> {
  const lacking: Need[] = [];
  for (const need of needs) if (await LACKS[need]()) lacking.push(need);
  return lacking;
}

async function runCase(
  fault: FaultCase,
  { quick, seed, rounds }: Pick<Context, "quick" | "seed" | "rounds">,
): Promise<Outcome> {
  const lacking = await missing(fault);
  if (lacking.length > 0) return { kind: "skipped", reason: `needs ${lacking.join(", ")}` };
  const folder = await Deno.makeTempDir({ prefix: "mqttrec_faults_" });
  const began = performance.now();
  const say = (text: string) => void print(`  ${fault.name}: ${text}`, Deno.stderr);
  const limit = Math.max(
    quick ? LIMIT_MS.quick : LIMIT_MS.full,
    limits.asInstalled ? INSTALLED_MS : 0,
    (rounds ?? 0) * ROUND_MS,
  );
  const run = fault.run({ quick, seed, rounds, folder, say });
  // A cancelled case fails when its processes are ended below: ignored.
  const over = run.then(() => {}, () => {});
  try {
    const figures = await within(limit, run, "The case does not end");
    return { kind: "run", figures, ms: performance.now() - began };
  } catch (error) {
    const message = error instanceof Error ? error.stack ?? error.message : String(error);
    await print(message, Deno.stderr);
    return { kind: "failed", message: (error as Error).message, ms: performance.now() - began };
  } finally {
    for (const recorder of running) await recorder.kill();
    for (const broker of brokers) await broker.stop("SIGKILL");
    brokers.clear();
    await Promise.race([over, sleep(CLEAN_UP_MS)]);
    await Deno.remove(folder, { recursive: true });
  }
}

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, {
    boolean: ["help", "quick", "root", "installed"],
    string: ["seed", "only", "rounds", "markdown"],
    collect: ["only"],
  });
  const text = (name: string) => args[name] === undefined ? undefined : String(args[name]);
  const quick = args.quick === true;
  const path = text("markdown");
  const seed = Number(text("seed") ?? Math.ceil(Math.random() * 0x7fff_ffff));
  const rounds = args.rounds === undefined ? undefined : Number(args.rounds);
  const only = [args.only].flat().map(String);
  limits.asInstalled = args.installed === true;
  const offered = CASES.filter(({ onlyWithRoot = false, needs }) =>
    (args.root === true || !onlyWithRoot) &&
    (!limits.asInstalled || needs.includes("mosquitto"))
  );
  const chosen = choose(offered, only, quick);
  if (
    args.help || args._.length > 0 || !(seed > 0) || !(rounds === undefined || rounds > 0) ||
    chosen.length === 0
  ) {
    await print(USAGE);
    return 2;
  }
  const began = performance.now();
  await print(`seed ${seed}\n${header()}`);
  const all: [FaultCase, Outcome][] = [];
  for (const fault of chosen) {
    const outcome = await runCase(fault, { quick, seed, rounds });
    all.push([fault, outcome]);
    await print(row(fault, outcome));
    if (outcome.kind !== "skipped") {
      await print(`  ${fault.name}: ${(outcome.ms / 1000).toFixed(1)} s`, Deno.stderr);
    }
    if (path !== undefined) await writeBetweenMarks(path, "faults", markdown(all));
  }
  for (const [{ name }, outcome] of all) {
    if (outcome.kind === "skipped") await print(`skipped ${name}: ${outcome.reason}`);
    else if (!passed(outcome)) await print(`FAILED ${name}`);
  }
  const good = all.filter(([, outcome]) => passed(outcome)).length;
  const failed = all.filter(([, outcome]) => outcome.kind !== "skipped").length - good;
  const seconds = Math.round((performance.now() - began) / 1000);
  await print(`${good} passed, ${failed} failed (${seconds} s)`);
  return failed > 0 ? 1 : 0;
}

Deno.exit(await main());
