/** Finds the recordings that the arguments of a command name. */

import { normalize } from "node:path";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import { readAt } from "../files/file_end.ts";
import { COLUMNS } from "../formats/fields.ts";
import { beside, finishedFiles, outputOf } from "../files/finished_name.ts";
import { isIndexThere } from "../files/file_index.ts";
import { isThere } from "../files/is_there.ts";
import { type FormatName, FORMATS } from "../formats/mod.ts";

/** The files of one recording to read. */
export interface Named {
  /** Their common path, without extension. */
  readonly base: string;
  readonly paths: ReadonlyMap<FormatName, string>;
  /** Its finished files in the order of their numbers, where the base path was named. */
  readonly finished?: readonly FinishedPart[] | undefined;
}

/** The finished files of one number. */
export interface FinishedPart {
  readonly number: number;
  readonly base: string;
  /** The compressed one of a format that is there twice. */
  readonly paths: ReadonlyMap<FormatName, string>;
  /** The plain ones of those. */
  readonly plainToo?: readonly string[];
}

/** The finished files of a recording, those of a number together. */
export async function finishedParts(output: string): Promise<FinishedPart[]> {
  type Growing = FinishedPart & { paths: Map<FormatName, string>; plainToo: string[] };
  const all = new Map<string, Growing>();
  for (const { number, base, format, name } of await finishedFiles(output)) {
    const part: Growing = all.get(base) ??
      { number, base: beside(output, base), paths: new Map(), plainToo: [] };
    const plain = part.paths.get(format);
    if (plain !== undefined) part.plainToo.push(plain);
    part.paths.set(format, beside(output, name));
    all.set(base, part);
  }
  return [...all.values()];
}

/**
 * Groups arguments by recording: a file by its extension, a base path by its existing files. Calls
 * `refuse` for arguments that name no recording.
 */
export async function namedRecordings(
  operands: readonly string[],
  refuse: (error: RecordingError) => void,
): Promise<Named[]> {
  type Growing = Named & { paths: Map<FormatName, string>; finished?: readonly FinishedPart[] };
  const all = new Map<string, Growing>();
  const add = (base: string, format: FormatName, path: string) => {
    const key = normalize(base);
    const named = all.get(key) ?? { base, paths: new Map() };
    named.paths.set(format, path);
    all.set(key, named);
  };
  for (const operand of operands) {
    const [extensions, extension] = /\.(csv|json|ndjson)(?:\.gz)?$/i.exec(operand) ?? [];
    if (extensions !== undefined) {
      const format = extension!.toLowerCase() as FormatName;
      add(operand.slice(0, -extensions.length), format, operand);
      continue;
    }
    let found = false;
    for (const [name, { extension }] of Object.entries(FORMATS)) {
      const path = `${operand}.${extension}`;
      if (!(await isThere(path, Deno.stat))) continue;
      add(operand, name as FormatName, path);
      found = true;
    }
    const finished = await finishedParts(operand);
    if (finished.length > 0 || await isIndexThere(operand)) {
      const key = normalize(operand);
      all.set(key, { ...all.get(key) ?? { base: operand, paths: new Map() }, finished });
      continue;
    }
    if (found) continue;
    refuse(
      await isThere(operand, Deno.stat)
        ? new RecordingError((t) => t.check.notRecording(operand))
        : cannotRead(operand, new Deno.errors.NotFound()),
    );
  }
  return [...all.values()];
}

/**
 * The arguments with each folder replaced by the base paths of the recordings in it.
 *
 * @param folder Stands for no arguments at all.
 * @throws {RecordingError} A folder holds no recording.
 */
export async function withoutFolders(
  operands: readonly string[],
  folder?: string,
): Promise<string[]> {
  const isDefault = operands.length === 0 && folder !== undefined;
  const all: string[] = [];
  for (const operand of isDefault ? [folder] : operands) {
    const found = await recordingsIn(operand);
    if (found?.length === 0 || (isDefault && found === undefined)) {
      throw new RecordingError((t) => t.check.emptyFolder(operand));
    }
    all.push(...found ?? [operand]);
  }
  return all;
}

/** The base paths of the recordings in a folder, in order; undefined where it is no folder. */
async function recordingsIn(folder: string): Promise<string[] | undefined> {
  const bases = new Set<string>();
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const [, base] =
        /^(.+)(?<!\.gaps|\.files|\.marks)\.(?:csv|json|ndjson)(?:\.gz)?$/i.exec(name) ?? [];
      if (!isFile || base === undefined) continue;
      const path = `${folder.replace(/[\\/]+$/, "")}/${name}`;
      const whole = path.slice(0, -name.length) + base;
      if (!(await isTable(path))) bases.add(outputOf(whole) ?? whole);
    }
  } catch {
    return undefined; // A missing permission is named by what reads the file.
  }
  return [...bases].sort();
}

/** The first bytes of a table that `export` made, and of a recording, which is none. */
const TABLE = /^(?:\ufeff?timestamp[,;]|(?:\[\n)?\{"timestamp":)/;
const RECORDING = new RegExp(
  String.raw`^\ufeff?${
    COLUMNS.join("[,;]")
  }|^(?:\[\n)?\{"timestamp":"[^"]*","topic":"(?:[^"\\]|\\.)*","payload"`,
);
/** More than a timestamp and the longest topic take, were every byte of it escaped. */
const HEAD_BYTES = 512 * 1024;

/** Whether a file is a table that `export` made: those of a folder are not its recordings. */
async function isTable(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    const head = new TextDecoder("utf-8", { ignoreBOM: true });
    const start = head.decode(await readAt(file, 0, 64));
    if (!TABLE.test(start)) return false;
    return !RECORDING.test(head.decode(await readAt(file, 0, HEAD_BYTES)));
  } catch {
    return false; // What reads it says why.
  }
}
