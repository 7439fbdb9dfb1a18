/** The programs that users would choose instead; each receives a number of messages and ends. */

import { basename, join } from "node:path";
import { isInstalled, programCommand } from "../support/program.ts";

/** The task of a competitor. */
export interface Task {
  /** Port of the broker on 127.0.0.1. */
  readonly port: number;
  /** Messages to receive. */
  readonly count: number;
  readonly qos: 0 | 1;
  /** A separate folder. */
  readonly folder: string;
}

export interface Competitor {
  readonly name: string;
  /** Whether it is installed. */
  readonly isHere: () => Promise<boolean>;
  /** Command and arguments; it ends by itself unless it `prints`. */
  readonly command: (task: Task) => readonly string[];
  /** It does not end by itself: the run ends when every payload is a line of its file `OUT`. */
  readonly prints?: boolean;
  /** First estimate of its messages per second. */
  readonly guess: number;
}

const ROOT = new URL("../../", import.meta.url).pathname;
const here = (name: string) => new URL(name, import.meta.url).pathname;
/** The Python of Debian's packages, even if another is on the path. */
const PYTHON = "/usr/bin/python3";

/** Unlike isInstalled(), checks that Python has the module. */
async function hasPaho(): Promise<boolean> {
  try {
    const args = ["-c", "import paho.mqtt.client"];
    return (await new Deno.Command(PYTHON, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Output of competitors that write one file, in the task's folder. */
export const OUT = "out.csv";
const COMPILED = `${ROOT}dist/mqttrec${Deno.build.os === "windows" ? ".exe" : ""}`;

/** A command whose output goes to a file, as a user would write it. */
function toFile(task: Task, command: readonly string[]): readonly string[] {
  return [
    "sh",
    "-c",
    'out=$1; shift; exec "$@" > "$out"',
    "sh",
    `${task.folder}/${OUT}`,
    ...command,
  ];
}

export function mqttrecFlags({ port, count, qos, folder }: Task): readonly string[] {
  return [
    ...["--broker", "127.0.0.1", "--port", String(port), "--topic", "#", "--qos", String(qos)],
    ...["--output", `${folder}/data`, "--count", String(count)],
  ];
}

/** mqttrec as another checkout has it, to compare before and after. */
export function mqttrecIn(checkout: string): Competitor {
  const inside = (path: string) =>
    path.startsWith(ROOT) ? join(checkout, path.slice(ROOT.length)) : path;
  return {
    name: `mqttrec in ${basename(checkout)}`,
    isHere: () => Deno.stat(join(checkout, "main.ts")).then(({ isFile }) => isFile, () => false),
    command: (task) => programCommand(mqttrecFlags(task), task.folder).map(inside),
    guess: 400_000,
  };
}

export const COMPETITORS = {
  mqttrec: {
    name: "mqttrec, CSV and JSON",
    isHere: () => Promise.resolve(true),
    command: (task) => programCommand(mqttrecFlags(task), task.folder),
    guess: 400_000,
  },
  compiled: {
    name: "mqttrec, compiled",
    isHere: () => Deno.stat(COMPILED).then(({ isFile }) => isFile, () => false),
    command: (task) => [COMPILED, ...mqttrecFlags(task)],
    guess: 400_000,
  },
  counting: {
    name: "npm:mqtt that only counts",
    isHere: () => Promise.resolve(true),
    command: ({ port, count, qos }) => [
      ...[Deno.execPath(), "run", "--quiet", "-A", "-c", `${ROOT}deno.json`],
      ...[here("counting.ts"), String(port), String(count), String(qos)],
    ],
    guess: 200_000,
  },
  mosquittoSub: {
    name: "mosquitto_sub, one line to a file",
    isHere: () => isInstalled("mosquitto_sub", ["--help"]),
    command: (task) =>
      toFile(task, [
        ...["mosquitto_sub", "-h", "127.0.0.1", "-p", String(task.port), "-t", "#"],
        ...["-q", String(task.qos), "-C", String(task.count), "-F", "%I,%t,%p,%q,%r"],
      ]),
    guess: 200_000,
  },
  mqttSub: {
    name: "npm:mqtt's own mqtt sub",
    isHere: () => Promise.resolve(true),
    command: (task) =>
      toFile(task, [
        // Without a path the package's own command is run.
        ...[Deno.execPath(), "run", "--quiet", "-A", "-c", `${ROOT}deno.json`, "npm:mqtt@5.16.0"],
        ...["sub", "-h", "127.0.0.1", "-p", String(task.port), "-t", "#", "-q", String(task.qos)],
      ]),
    prints: true,
    guess: 100_000,
  },
  paho: {
    name: "paho-mqtt, open, append, close",
    isHere: () => hasPaho(),
    command: ({ port, count, qos, folder }) => [
      ...[PYTHON, here("append.py"), String(port), String(count), String(qos)],
      `${folder}/${OUT}`,
    ],
    guess: 15_000,
  },
} satisfies Record<string, Competitor>;
