/** Paths among the settings. No I/O. */

import { UsageError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { FlagName } from "./flags.ts";
import type { SettingReader } from "./setting_reader.ts";

/** Why a path cannot be meant. */
export type PathProblem = keyof Sentences["settings"]["pathProblems"];

/** Names of devices, with any extension ("Naming Files, Paths, and Namespaces"). */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

/** What is wrong with a path; on Windows also what it takes for something else than a file. */
export function pathProblem(path: string, windows: boolean): PathProblem | undefined {
  if (/\p{Cc}/u.test(path)) return "control";
  // Windows takes names behind these as they stand.
  if (!windows || /^[\\/]{2}[?.][\\/]/.test(path)) return undefined;
  const names = path.replace(/^[a-z]:/i, "").split(/[\\/]/);
  if (names.some((name) => name.includes(":"))) return "colon";
  if (names.some((name) => /[<>"|?*]/.test(name))) return "character";
  if (names.some((name) => DEVICE.test(name))) return "device";
  if (names.some((name) => /[. ]$/.test(name) && !/^\.{1,2}$/.test(name))) return "ending";
  return undefined;
}

/** The longest name of a file on most systems, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;
/** What comes behind the output in the longest name of a file beside it. */
const LONGEST_ENDING = ".marks.csv.torn",
  LONGEST_FINISHED = "_0000001_20261126T120000Z.ndjson.gz.part";

/**
 * Checks that every file of a recording can have its name: the gap log may be wanted after days only.
 *
 * @param rotates Whether its files are finished under longer names.
 * @throws {UsageError} Some file cannot.
 */
export function checkNameLength(reader: SettingReader, output: string, rotates: boolean): void {
  const name = output.slice(output.search(/[^/\\]*$/));
  const { length } = rotates ? LONGEST_FINISHED : LONGEST_ENDING;
  if (new TextEncoder().encode(name).length + length <= MAX_NAME_BYTES) return;
  throw badPath(reader.label("output"), output, (t) => t.settings.nameTooLong(length));
}

/**
 * The path in a setting; undefined if it is not given.
 *
 * @throws {UsageError} It cannot be meant as it stands.
 */
export function pathOf(
  reader: SettingReader,
  name: FlagName,
  windows = Deno.build.os === "windows",
): string | undefined {
  const path = reader.text(name);
  if (path === undefined) return undefined;
  if (path === "" || path.includes("\0")) throw reader.bad(name, path);
  const quoted = windows ? reader.quoted(name, path) : undefined;
  if (quoted !== undefined) throw quoted;
  const problem = pathProblem(path, windows);
  if (problem === undefined) return path;
  // JSON reads the \t of "C:\temp" as a tab.
  const isJson = problem === "control" && reader.origin(name) === "file";
  throw badPath(reader.label(name), path, (t) => t.settings.pathProblems[problem], isJson);
}

/**
 * The error for a path that cannot be meant as it stands.
 *
 * @param label The flag, variable or key that gives it.
 * @param isJson Whether a backslash in a JSON file may be the reason.
 */
export function badPath(
  label: string,
  path: string,
  why: (t: Sentences) => string,
  isJson = false,
): UsageError {
  const shown = escapeForTerminal(path);
  return new UsageError((t) => t.settings.badPath(label, shown, why(t), isJson));
}
