/** Recordings that the trials make, with the real program. */

import assert from "node:assert/strict";
import { mosquittoPub } from "../support/mosquitto.ts";
import { readCsv, readJson, type Row, type Running, start } from "../support/program.ts";
import { sleep } from "../faults/wait.ts";

const POLL_MS = 20;
/** A recording that gets nothing ends by itself after this. */
const PATIENCE = "8s";
const COUNT = 20;

/** The broker works, but does not have what is tried. */
export class Lacking extends Error {}

/** Programs under way: what a trial that failed leaves behind is ended. */
export const running = new Set<Running>();

/** Starts the program in `folder`. */
export function record(folder: string, flags: readonly string[]): Running {
  const program = start(["--lang", "en", ...flags], { cwd: folder });
  running.add(program);
  void program.ended.then(() => running.delete(program));
  return program;
}

/** Rows of a recording, the same in both files. */
export async function rowsIn(folder: string, output = "exports/mqtt_data"): Promise<Row[]> {
  const rows = await readCsv(`${folder}/${output}.csv`);
  assert.deepEqual(await readJson(`${folder}/${output}.json`), rows);
  return rows;
}

/** How many whole rows the CSV file of a recording under way has. */
export async function rowCount(folder: string, output = "exports/mqtt_data"): Promise<number> {
  const text = await Deno.readTextFile(`${folder}/${output}.csv`).catch(() => "\r\n");
  return text.split("\r\n").length - 2;
}

/** Resolves when `condition` holds, or after `ms`; whether it does. */
export async function waitFor(condition: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const late = performance.now() + ms; performance.now() < late;) {
    if (await condition()) return true;
    await sleep(POLL_MS);
  }
  return await condition();
}

/** The program records what its own sensors publish through that door. */
export async function recordsSimulation(folder: string, flags: readonly string[]): Promise<void> {
  const program = record(folder, [
    ...flags,
    ...["--simulate", "--sensors", "5", "--interval", "0.05"],
    ...["--count", String(COUNT), "--duration", PATIENCE],
  ]);
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const { length } = await rowsIn(folder);
  assert.equal(length, COUNT, `${length} of ${COUNT} messages were recorded`);
}

/** The program ends with code 3 and says `said`. */
export async function isRefused(
  folder: string,
  flags: readonly string[],
  said: RegExp,
): Promise<void> {
  const { code, stderr } = await record(folder, [...flags, "--duration", PATIENCE]).ended;
  assert.ok(code === 3 && said.test(stderr), `not refused: ${stderr}`);
}

/** The program records what another client publishes with that QoS, and as that. */
export async function recordsQos(folder: string, port: number, qos: string): Promise<void> {
  const flags = ["--qos", qos, "--count", String(COUNT), "--duration", PATIENCE];
  const program = record(folder, ["--broker", `127.0.0.1:${port}`, ...flags]);
  try {
    await program.said("Files:");
  } catch (error) {
    throw /grants only QoS/.test(String(error)) ? new Lacking(`no QoS ${qos}`) : error;
  }
  const payloads = numbered("message", COUNT);
  await mosquittoPub(port, ["-t", "sensors/a", "-q", qos, "-l"], `${payloads.join("\n")}\n`);
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const rows = await rowsIn(folder);
  assert.deepEqual(rows.map(({ payload }) => payload), payloads);
  assert.deepEqual([...new Set(rows.map((row) => row.qos))], [qos]);
}

/** `text 0`, `text 1`, … */
export function numbered(text: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${text} ${i}`);
}
