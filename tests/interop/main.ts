/** Tests the program with common brokers: `deno task interop`. */

import { parseArgs } from "@std/cli/parse-args";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../faults/wait.ts";
import { writeBetweenMarks } from "../support/markdown.ts";
import { print } from "../support/program.ts";
import { startEmbedded } from "./embedded.ts";
import { startMosquitto } from "./mosquitto.ts";
import { startNats } from "./nats.ts";
import { startRabbitmq } from "./rabbitmq.ts";
import { Lacking, running } from "./recordings.ts";
import { type Line, markdown, type Outcome } from "./table.ts";
import { type Column, COLUMNS, type Start, type Target } from "./target.ts";
import { canTry, TRIALS } from "./trials.ts";

const STARTS: Readonly<Record<string, Start>> = {
  "Mosquitto": startMosquitto,
  "RabbitMQ": startRabbitmq,
  "NATS": startNats,
  "Built-in broker": startEmbedded,
};
const LIMIT_MS = 40_000;

async function tryOne(
  column: Column,
  target: Target,
  folder: string,
  certificates: string,
): Promise<Outcome> {
  const note = target.lacks[column];
  if (note !== undefined && !canTry(column, target)) return { kind: "lacks", note };
  await Deno.mkdir(folder);
  try {
    await within(LIMIT_MS, TRIALS[column]({ target, folder, certificates }), "It does not end");
  } catch (error) {
    if (error instanceof Lacking && note !== undefined) return { kind: "lacks", note };
    return { kind: "fails", reason: (error as Error).stack ?? String(error) };
  }
  if (note === undefined) return { kind: "works" };
  return { kind: "fails", reason: "It works, though the table says that it cannot" };
}

/** Runs all trials with one broker; undefined if it is not installed. */
async function tryAll(
  name: string,
  folder: string,
  certificates: string,
): Promise<Line | undefined> {
  await Deno.mkdir(folder);
  await using target = await STARTS[name]!(folder, certificates);
  if (target === undefined) return undefined;
  const outcomes: Partial<Record<Column, Outcome>> = {};
  for (const [i, column] of COLUMNS.entries()) {
    const outcome = await tryOne(column, target, `${folder}/trial${i}`, certificates);
    outcomes[column] = outcome;
    await print(`  ${target.name}: ${column} ${outcome.kind}`, Deno.stderr);
  }
  return { name: target.name, outcomes: outcomes as Line["outcomes"] };
}

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, { string: ["markdown", "only"] });
  const text = (name: string) => args[name] === undefined ? undefined : String(args[name]);
  const path = text("markdown");
  const names = Object.keys(STARTS).filter((name) => name.includes(text("only") ?? ""));
  if (names.length === 0) {
    await print(`Usage: interop [--only ${Object.keys(STARTS).join("|")}] [--markdown FILE]`);
    return 2;
  }
  const began = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "mqttrec_interop_" });
  let results: PromiseSettledResult<Line | undefined>[];
  try {
    const certificates = `${folder}/certificates`;
    await Deno.mkdir(certificates);
    await makeCertificates(certificates);
    // If a broker does not start, stop the others.
    results = await Promise.allSettled(
      names.map((name) => tryAll(name, `${folder}/${name.replaceAll(" ", "_")}`, certificates)),
    );
  } finally {
    for (const program of running) program.child.kill("SIGKILL");
    await Promise.all([...running].map(({ ended }) => ended));
    await Deno.remove(folder, { recursive: true });
  }
  return await report(names, results, path, began);
}

async function report(
  names: readonly string[],
  results: readonly PromiseSettledResult<Line | undefined>[],
  path: string | undefined,
  began: number,
): Promise<number> {
  const lines: Line[] = [];
  let failed = 0, passed = 0;
  const fail = async (text: string) => {
    failed++;
    await print(`FAILED ${text}`);
  };
  for (const [i, result] of results.entries()) {
    if (result.status === "rejected") await fail(`${names[i]}: ${result.reason}`);
    else if (result.value !== undefined) lines.push(result.value);
    else if (Deno.env.get("MQTTREC_REQUIRE_MOSQUITTO")) await fail(`${names[i]}: not installed`);
    else await print(`skipped ${names[i]}: not installed`);
  }
  for (const { name, outcomes } of lines) {
    for (const [column, outcome] of Object.entries(outcomes)) {
      if (outcome.kind === "fails") await fail(`${name}, ${column}: ${outcome.reason}`);
      else passed++;
    }
  }
  const table = markdown(lines);
  await print(`\n${table}`);
  if (path !== undefined) await writeBetweenMarks(path, "interop", table);
  const seconds = Math.round((performance.now() - began) / 1000);
  await print(`${passed} passed, ${failed} failed (${seconds} s)`);
  return failed > 0 ? 1 : 0;
}

Deno.exit(await main());
