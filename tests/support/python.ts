/** Reads recordings with Python, if it is installed. */

import assert from "node:assert/strict";
import type { Format } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { fileOf } from "./arbitrary.ts";
import { inFolder } from "./program.ts";

/** Python refuses NUL in CSV before 3.11. */
export async function pythonReads(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("python3", {
      args: ["-c", "import sys; print(sys.version_info >= (3, 11))"],
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim() === "True";
  } catch {
    return false;
  }
}

const READ = `
import csv, json, sys
csv.field_size_limit(1 << 30)
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.reader(file))
with open(sys.argv[2], encoding="utf-8") as file:
    objects = json.load(file)
`;
const WRITE = `
json.dump({"csv": rows, "json": objects}, sys.stdout)
`;

/** A recording as Python's csv and json read it: rows, header first, and objects. */
export interface PythonRead {
  readonly csv: readonly (readonly string[])[];
  readonly json: readonly unknown[];
}

/**
 * Writes `messages` in both formats and lets Python read them.
 *
 * @param check A line of Python that checks `rows` and `objects`. @default {nothing}
 */
export async function readByPython(
  formats: Readonly<Record<"csv" | "json", Format>>,
  messages: readonly Message[],
  check = "",
): Promise<PythonRead> {
  let read: PythonRead | undefined;
  await inFolder(async (folder) => {
    const paths = [`${folder}/r.csv`, `${folder}/r.json`] as const;
    await Deno.writeFile(paths[0], fileOf(formats.csv, messages));
    await Deno.writeFile(paths[1], fileOf(formats.json, messages));
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", READ + check + WRITE, ...paths],
      stderr: "inherit",
    }).output();
    assert.ok(success);
    read = JSON.parse(new TextDecoder().decode(stdout));
  });
  return read!;
}
