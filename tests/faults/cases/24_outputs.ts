/** Case 24: an output path that is a link, a pipe, a device, a folder or a socket. */

import { csv } from "../../../lib/formats/csv.ts";
import { concat, fileOf, message, rowsOf } from "../../support/arbitrary.ts";
import { freePort, start } from "../../support/program.ts";
import { type Context, type FaultCase, type Figures, NOTHING_SENT } from "../case.ts";

/** Extensions of the recorder's files, after `out`. */
const NAMES = ["csv", "json", "lock", "csv.torn", "gaps.csv"] as const;
/** Time limit of a refusal, in ms: a recorder that opens a pipe waits for ever. */
const HANG_MS = 10_000;

/** An obstacle at a path, and a check that it is unchanged. */
interface Obstacle {
  readonly name: string;
  put(path: string): Promise<Disposable | void>;
  /** Its properties that must not change. */
  look(path: string): Promise<unknown>;
}

const BEFORE = "not yours\n";
const exists = async (path: string) => await Deno.lstat(path).then(() => true, () => false);

async function command(name: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(name, { args, stderr: "null" }).output();
  if (!success) throw new Error(`Cannot run ${name} ${args.join(" ")}`);
}

const kindOf = async (path: string) => {
  const { isFifo, isCharDevice, isSocket, isDirectory, size } = await Deno.lstat(path);
  return { isFifo, isCharDevice, isSocket, isDirectory, size };
};

const OBSTACLES: readonly Obstacle[] = [
  {
    name: "a link to a file",
    async put(path) {
      await Deno.writeTextFile(`${path}.target`, BEFORE);
      await Deno.symlink(`${path}.target`, path);
    },
    look: async (path) => [await Deno.readLink(path), await Deno.readTextFile(`${path}.target`)],
  },
  { name: "a pipe", put: (path) => command("mkfifo", path), look: kindOf },
  {
    name: "a dangling link",
    put: (path) => Deno.symlink(`${path}.target`, path),
    look: async (path) => [await Deno.readLink(path), await exists(`${path}.target`)],
  },
  {
    name: "a link to a recording",
    async put(path) {
      await Deno.writeFile(`${path}.target`, fileOf(csv, [message("t", "1")]));
      await Deno.symlink(`${path}.target`, path);
    },
    look: async (path) => [await Deno.readLink(path), await Deno.readTextFile(`${path}.target`)],
  },
  {
    name: "a link to /dev/full",
    put: (path) => Deno.symlink("/dev/full", path),
    look: (path) => Deno.readLink(path),
  },
  { name: "a device", put: (path) => command("mknod", path, "c", "1", "7"), look: kindOf },
  { name: "a folder", put: (path) => Deno.mkdir(path), look: kindOf },
  {
    name: "a socket",
    put: (path) => Promise.resolve(Deno.listen({ transport: "unix", path })),
    look: kindOf,
  },
];

/** Errors of the program with `obstacle` at `out.<name>`. */
async function refuse(cwd: string, name: string, obstacle: Obstacle): Promise<string[]> {
  const path = `${cwd}/out.${name}`;
  if (name === "csv.torn") {
    // Only a torn recording writes to this path.
    const row = rowsOf(csv, [message("t", "torn")]);
    const whole = fileOf(csv, [message("t", "1")]);
    await Deno.writeFile(`${cwd}/out.csv`, concat(whole, row.subarray(0, 30)));
  }
  using _held = await obstacle.put(path) ?? { [Symbol.dispose]() {} };
  const torn = async () => name === "csv.torn" ? await Deno.readTextFile(`${cwd}/out.csv`) : "";
  const recording = await torn();
  const before = await obstacle.look(path);
  const program = start(
    ["--output", "out", "--broker", "127.0.0.1", "--port", String(freePort())],
    { cwd, stdin: "null" },
  );
  const hang = setTimeout(() => program.child.kill("SIGKILL"), HANG_MS);
  const { code, stdout, stderr } = await program.ended;
  clearTimeout(hang);
  const after = await obstacle.look(path).catch((error) => error.message);
  const lines = stderr.trimEnd().split("\n");
  const state = `${obstacle.name} as out.${name}`;
  return [
    ...(code === 1 ? [] : [`${state}: exit ${code} (${lines[0]})`]),
    ...(Deno.inspect(after) === Deno.inspect(before) ? [] : [`${state} is no longer as it was`]),
    ...(stdout === "" && lines.length <= 2 && lines[0]!.startsWith("Cannot ") &&
        lines[0]!.includes(`out.${name}`)
      ? []
      : [`${state} is not told in one clear line: ${JSON.stringify(stderr)}`]),
    ...(recording === await torn() ? [] : [`${state}: the torn recording was changed`]),
  ];
}

async function run({ quick, folder }: Context): Promise<Figures> {
  const broken: string[] = [];
  let faults = 0;
  const skipped = new Set<string>();
  for (const name of NAMES) {
    for (const [index, obstacle] of OBSTACLES.entries()) {
      if (quick && name !== "csv" && index > 1) continue;
      const cwd = `${folder}/${name}_${index}`;
      await Deno.mkdir(cwd);
      // A container may forbid devices even to root.
      if (obstacle.name === "a device") {
        const may = await obstacle.put(`${cwd}/probe`).then(() => true, () => false);
        if (!may) {
          skipped.add(obstacle.name);
          continue;
        }
      }
      faults++;
      broken.push(...await refuse(cwd, name, obstacle));
    }
  }
  return {
    faults,
    ...NOTHING_SENT,
    note: skipped.size > 0 ? `not tried, root only: ${[...skipped].join(", ")}` : undefined,
    broken,
  };
}

export const outputs: FaultCase = {
  number: 24,
  name: "links, pipes, devices as output",
  needs: ["linux"],
  inQuick: true,
  run,
};
