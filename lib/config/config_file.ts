/** The file of `--config`: a JSON object of settings, named as the flags are. */

import type { Flag } from "./command_line.ts";
import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { FLAGS, type Flags } from "./flags.ts";
import { decodeText } from "../text/decode_text.ts";
import { readBounded } from "../system/read_bounded.ts";
import { scanJson } from "../text/json_text.ts";
import { closestString } from "../text/closest_string.ts";
import { checkConfigFile } from "./permissions.ts";

/** Longest file that is read: a list of filters can be long. */
const MAX_BYTES = 1 << 22;

/** A text whose backslash is meant as one, as in "C:\data". */
const BAD_ESCAPE = /^"(?:[^"\\\n]|\\["\\/bfnrt]|\\u[\da-f]{4})*\\(?!["\\/bfnrt]|u[\da-f]{4})/i;

/** The flags that are allowed in a file. */
const KNOWN: readonly Flag[] = (FLAGS as readonly Flag[]).filter(({ reach }) => !reach);

/** The name that errors give to a setting of a file. */
export function labelInFile(name: string, path: string): string {
  return `${escapeForTerminal(name)} (${escapeForTerminal(path)})`;
}

/**
 * @throws {UsageError} The file cannot be read, or {@linkcode parseConfigFile} refuses it.
 */
export async function readConfigFile(path: string): Promise<Flags> {
  checkConfigFile(path);
  const shown = escapeForTerminal(path);
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(path, MAX_BYTES);
  } catch (cause) {
    throw new UsageError((t, because) => t.connect.cannotRead(shown, because(cause)), { cause });
  }
  const text = decodeText(bytes);
  if (text === undefined) throw new UsageError((t) => t.connect.notText(shown));
  return parseConfigFile(text, path);
}

/**
 * The settings in the text of a file, unchecked: values as on the command line, and none for a
 * switch that is `false`.
 *
 * @param path Name of the file in errors, which never quote its text: it may hold a password.
 * @throws {UsageError} The text is no JSON object, or a name or the type of a value is wrong.
 */
export function parseConfigFile(text: string, path: string): Flags {
  const json = text.replace(/^\uFEFF/, ""); // Windows editors write a BOM.
  const file = escapeForTerminal(path);
  const { errorAt, names } = scanJson(json);
  if (errorAt !== undefined) {
    const before = json.slice(0, errorAt).split("\n");
    const [line, column] = [before.length, before.at(-1)!.length + 1];
    const backslash = BAD_ESCAPE.test(json.slice(errorAt));
    throw new UsageError((t) => t.settings.notJson(file, line, column, backslash));
  }
  const settings: unknown = JSON.parse(json, numbersAsWritten as Parameters<JSON["parse"]>[1]);
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new UsageError((t) => t.settings.notObject(file));
  }
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again !== undefined) {
    throw new UsageError((t) => t.settings.keyTwice(labelInFile(again, path)));
  }
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const flag = KNOWN.find((flag) => flag.name === name);
      if (flag !== undefined) return [name, texts(flag, value, path)];
      const meant = closestString(name, KNOWN.map(({ name }) => name));
      throw new UsageError((t) => t.settings.unknownKey(labelInFile(name, path), meant));
    }),
  );
}

/** A value as on the command line. */
function texts(flag: Flag, value: unknown, path: string): readonly string[] {
  if (flag.value === undefined) {
    if (typeof value === "boolean") return value ? ["true"] : [];
  } else {
    const all: readonly unknown[] = flag.repeatable && Array.isArray(value) ? value : [value];
    const isText = (one: unknown) => typeof one === "string";
    if (all.length > 0 && all.every(isText)) return all;
    if (flag.otherwise !== undefined && typeof value === "boolean") {
      return value ? [flag.otherwise] : [];
    }
  }
  const kind = flag.value === undefined ? "switch" : flag.repeatable ? "list" : "value";
  const label = labelInFile(flag.name, path);
  const values = { switch: "true", list: `["${flag.example}"]`, value: `"${flag.example}"` };
  const example = `"${flag.name}": ${values[kind]}`;
  throw new UsageError((t) => t.settings.wrongType(label, t.settings.types[kind], example));
}

/**
 * Keeps the spelling of a number: a password `1.0` is not `1`, and a client id may have more digits
 * than a number. TypeScript does not know the third argument yet.
 */
function numbersAsWritten(_name: string, value: unknown, context: { source: string }): unknown {
  return typeof value === "number" ? context.source : value;
}
