/** The trials of the interop table, one per column; a trial that rejects marks a failure. */

import assert from "node:assert/strict";
import { mosquittoPub } from "../support/mosquitto.ts";
import {
  isRefused,
  Lacking,
  numbered,
  record,
  recordsQos,
  recordsSimulation,
  rowCount,
  rowsIn,
  waitFor,
} from "./recordings.ts";
import type { Column, Target } from "./target.ts";
import { VersionTap } from "./version_tap.ts";

const ARRIVAL_MS = 5_000, NOTHING_MS = 3_000;

interface Trial {
  readonly target: Target;
  /** An empty folder for this trial. */
  readonly folder: string;
  readonly certificates: string;
}

export const TRIALS: Readonly<Record<Column, (trial: Trial) => Promise<void>>> = {
  "plain": ({ target, folder }) =>
    recordsSimulation(folder, ["--broker", `mqtt://127.0.0.1:${target.port}`]),
  "password": logsIn,
  "TLS": ({ target, folder, certificates }) =>
    recordsSimulation(folder, ["--broker", target.tls!, ...trusting(certificates)]),
  "client certificate": showsCertificate,
  "WebSocket": ({ target, folder }) => recordsSimulation(folder, ["--broker", target.webSocket!]),
  "MQTT 5": (trial) => speaks(trial, 5),
  "MQTT 3.1.1": (trial) => speaks(trial, 4),
  "QoS 0": ({ target, folder }) => recordsQos(folder, target.port, "0"),
  "QoS 1": ({ target, folder }) => recordsQos(folder, target.port, "1"),
  "QoS 2": ({ target, folder }) => recordsQos(folder, target.port, "2"),
  "persistent session": keepsSession,
  "shared subscription": sharesSubscription,
};

/** Whether the target supports a column. */
export function canTry(column: Column, target: Target): boolean {
  if (column === "password") return target.credentials !== undefined;
  if (column === "TLS") return target.tls !== undefined;
  if (column === "client certificate") return target.mutual !== undefined;
  return column !== "WebSocket" || target.webSocket !== undefined;
}

function trusting(certificates: string): string[] {
  return ["--cafile", `${certificates}/authority.crt`];
}

async function logsIn({ target, folder }: Trial): Promise<void> {
  const { address, user, password } = target.credentials!;
  const flags = ["--broker", address, "--username", user, "--password-file", "password"];
  await Deno.writeTextFile(`${folder}/password`, `${password}\n`);
  await recordsSimulation(folder, flags);
  await Deno.writeTextFile(`${folder}/password`, "wrong\n");
  await isRefused(folder, flags, /does not accept this user name and password/);
}

async function showsCertificate({ target, folder, certificates }: Trial): Promise<void> {
  const as = (name: string) => [
    ...["--broker", target.mutual!, ...trusting(certificates)],
    ...["--cert", `${certificates}/${name}.crt`, "--key", `${certificates}/${name}.key`],
  ];
  await recordsSimulation(folder, as("client"));
  await isRefused(folder, as("foreignClient"), /not accept our certificate|check --cert and --key/);
}

async function speaks({ target, folder }: Trial, version: 4 | 5): Promise<void> {
  using tap = new VersionTap(target.port, version === 4);
  await recordsSimulation(folder, ["--broker", `127.0.0.1:${tap.port}`]);
  const spoken = tap.versions.at(-1);
  if (version === 5 && spoken === 4) throw new Lacking("no MQTT 5");
  assert.equal(spoken, version);
}

/** Kills the program; messages published meanwhile arrive at the next start. */
async function keepsSession({ target: { port }, folder }: Trial): Promise<void> {
  const flags = ["--broker", `127.0.0.1:${port}`];
  const publish = (payloads: readonly string[]) =>
    mosquittoPub(port, ["-t", "sensors/a", "-q", "1", "-l"], `${payloads.join("\n")}\n`);
  const [before, meanwhile, after] = ["before", "meanwhile", "after"].map((w) => numbered(w, 10));
  const killed = record(folder, flags);
  await killed.waitForOutput("Files:");
  await publish(before!);
  killed.child.kill("SIGKILL");
  await killed.ended;
  await publish(meanwhile!);
  const again = record(folder, flags);
  await again.waitForOutput("Files:");
  await publish(after!);
  await waitFor(async () => await rowCount(folder) >= 30, ARRIVAL_MS);
  await again.type("q");
  const { code, stderr } = await again.ended;
  assert.equal(code, 0, stderr);
  const recorded = new Set((await rowsIn(folder)).map(({ payload }) => payload));
  assert.deepEqual(recorded, new Set([...before!, ...meanwhile!, ...after!]));
}

/** Two recorders share the messages, each of which one of them gets. */
async function sharesSubscription({ target: { port }, folder }: Trial): Promise<void> {
  const outputs = ["exports/one", "exports/two"];
  const programs = outputs.map((output) =>
    record(folder, [
      ...["--broker", `127.0.0.1:${port}`, "--output", output],
      ...["--topic", "$share/interop/sensors/#"],
    ])
  );
  for (const program of programs) await program.waitForOutput("Files:");
  const payloads = numbered("message", 100);
  await mosquittoPub(port, ["-t", "sensors/a", "-q", "1", "-l"], `${payloads.join("\n")}\n`);
  await waitFor(async () => {
    const counts = await Promise.all(outputs.map((output) => rowCount(folder, output)));
    return counts[0]! + counts[1]! >= payloads.length;
  }, NOTHING_MS);
  for (const program of programs) await program.type("q");
  const warned: boolean[] = [];
  for (const program of programs) {
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    warned.push(stderr.includes("no shared subscriptions"));
  }
  const rows = await Promise.all(outputs.map((output) => rowsIn(folder, output)));
  if (rows.flat().length === 0 && !warned.includes(false)) throw new Lacking("nothing came");
  assert.deepEqual(rows.flat().map(({ payload }) => payload).sort(), payloads.toSorted());
  assert.ok(rows.every(({ length }) => length > 0), "one of the two got all");
}
