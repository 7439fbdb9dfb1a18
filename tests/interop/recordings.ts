/** Makes recordings with the real program for the trials. */

import assert from "node:assert/strict";
import { mosquittoPub } from "../support/mosquitto.ts";
import { readCsv, readJson, type Row, type Running, start } from "../support/program.ts";
import { sleep } from "../faults/wait.ts";

const POLL_MS = 20;
/** A recording without messages ends by itself after this time. */
const PATIENCE = "8s";
const COUNT = 20;
/** A lower QoS is told together with the connection; the message may come a little later. */
const LOWER_MS = 500;

/** The broker works but lacks the feature. */
export class Lacking extends Error {}

/** Running programs, which are ended after a failed trial. */
export const running = new Set<Running>();

/** Starts the program in `folder`. */
export function record(folder: string, flags: readonly string[]): Running {
  const program = start(["--lang", "en", ...flags], { cwd: folder });
  running.add(program);
  void program.ended.then(() => running.delete(program));
  return program;
}

/** The rows of a recording; asserts that both files hold the same. */
export async function rowsIn(folder: string, output = "exports/mqtt_data"): Promise<Row[]> {
  const rows = await readCsv(`${folder}/${output}.csv`);
  assert.deepEqual(await readJson(`${folder}/${output}.json`), rows);
  return rows;
}

/** Number of whole rows in the CSV file of a running recording. */
export async function rowCount(folder: string, output = "exports/mqtt_data"): Promise<number> {
  const text = await Deno.readTextFile(`${folder}/${output}.csv`).catch(() => "\r\n");
  return text.split("\r\n").length - 2;
}

/** Resolves with true when `condition` holds, or with false after `ms`. */
export async function waitFor(condition: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const late = performance.now() + ms; performance.now() < late;) {
    if (await condition()) return true;
    await sleep(POLL_MS);
  }
  return await condition();
}

/** Asserts that the program records its own sensors over that transport. */
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

/** Asserts that the program ends with code 3 and that its stderr matches `message`. */
export async function isRefused(
  folder: string,
  flags: readonly string[],
  message: RegExp,
): Promise<void> {
  const { code, stderr } = await record(folder, [...flags, "--duration", PATIENCE]).ended;
  assert.ok(code === 3 && message.test(stderr), `not refused: ${stderr}`);
}

/** Asserts that the program records messages of another client with their QoS. */
export async function recordsQos(folder: string, port: number, qos: string): Promise<void> {
  const flags = ["--qos", qos, "--count", String(COUNT), "--duration", PATIENCE];
  const program = record(folder, ["--broker", `127.0.0.1:${port}`, ...flags]);
  await program.waitForOutput("Files:");
  const isLower = program.waitForOutput(/grants only QoS/).then(() => true, () => false);
  // NATS 2.9 closes the connection on a message of a QoS that it lacks.
  const lower = await Promise.race([isLower, sleep(LOWER_MS).then(() => false)]);
  const payloads = numbered("message", COUNT);
  await mosquittoPub(
    port,
    ["-t", "sensors/a", "-q", lower ? "1" : qos, "-l"],
    `${payloads.join("\n")}\n`,
  );
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const rows = await rowsIn(folder);
  assert.deepEqual(rows.map(({ payload }) => payload), payloads);
  if (/grants only QoS/.test(stderr)) throw new Lacking(`no QoS ${qos}`);
  assert.deepEqual([...new Set(rows.map((row) => row.qos))], [qos]);
}

/** `text 0`, `text 1`, … */
export function numbered(text: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${text} ${i}`);
}
