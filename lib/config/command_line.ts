/** Parses a command line by a table of flags and renders the table as help. */

import { parseArgs } from "@std/cli/parse-args";
import { redact, UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { Lang, Sentences } from "../locale/mod.ts";
import { closestString } from "../text/closest_string.ts";

/** One documented flag. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** Placeholder of the value in `--help`; absent for a switch. */
  readonly value?: string | Readonly<Record<Lang, string>>;
  /** The flag may stand without its value, which then is this. */
  readonly otherwise?: string;
  readonly default?: string;
  readonly repeatable?: boolean;
  /** Where the setting is allowed; `environment` includes the command line. @default {everywhere} */
  readonly reach?: "command line" | "environment";
  readonly help: Readonly<Record<Lang, string>>;
}

/** A parsed command line, unchecked: values as text, switches as `"true"`. */
export interface CommandLine<Name extends string> {
  readonly flags: Partial<Record<Name, readonly string[]>>;
  /** Arguments that belong to no flag. */
  readonly operands: readonly string[];
}

/**
 * Parses a command line without checking values.
 *
 * @param operands Whether arguments that belong to no flag are accepted.
 * @throws {UsageError} An unknown flag, a value missing or too many, a flag given twice.
 */
export function parseCommandLine<Table extends readonly Flag[]>(
  argv: readonly string[],
  table: Table,
  { operands = false }: { readonly operands?: boolean } = {},
): CommandLine<Table[number]["name"]> {
  const others: string[] = [];
  const normalized = normalize(argv, table, operands ? others : undefined);
  const withValue = table.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const args = parseArgs(normalized, {
    string: withValue,
    boolean: table.filter(({ value }) => value === undefined).map(({ name }) => name),
    collect: withValue,
  });
  const flags: Partial<Record<string, readonly string[]>> = {};
  for (const { name, value } of table) {
    const given: unknown = args[name];
    const values = value === undefined ? (given === true ? ["true"] : []) : given as string[];
    if (values.length > 0) flags[name] = values;
  }
  return { flags: flags as CommandLine<Table[number]["name"]>["flags"], operands: others };
}

/**
 * Refuses what `parseArgs` would accept silently: unknown flags and missing values. Joins each
 * value to its flag, because `parseArgs` takes the value in `--sensors -5` for a flag.
 */
function normalize(
  argv: readonly string[],
  table: readonly Flag[],
  operands: string[] | undefined,
): string[] {
  const normalized: string[] = [];
  const given = new Set<string>();
  for (let i = 0; i < argv.length; i++) {
    const [, key, joined] = /^(--?[^\d=][^=]*)(?:=(.*))?$/s.exec(argv[i]!) ?? [];
    if (key === undefined || key === "--") {
      if (operands?.push(argv[i]!)) continue;
      throw new UsageError((t) => t.strayArgument(escapeForTerminal(redact(argv[i]!))));
    }
    const flag = table.find(({ name, short }) => key === `--${name}` || key === `-${short}`);
    if (flag === undefined) {
      const shown = escapeForTerminal(key);
      const meant = closestString(key.replace(/^-+/, ""), table.map(({ name }) => name));
      throw new UsageError((t) => t.unknownFlag(shown, meant && `--${meant}`));
    }
    // `parseArgs` would keep the last one only.
    if (given.has(flag.name) && !flag.repeatable) {
      throw new UsageError((t) => t.givenTwice(`--${flag.name}`));
    }
    given.add(flag.name);
    if (flag.value === undefined) {
      if (joined !== undefined) throw new UsageError((t) => t.unexpectedValue(key));
    } else if (joined === undefined && flag.otherwise !== undefined) {
      // A value that follows begins with a digit, as no flag and no word does.
      const follows = /^\d/.test(argv[i + 1] ?? "");
      normalized.push(`--${flag.name}=${follows ? argv[++i] : flag.otherwise}`);
      continue;
    } else if (joined === undefined) {
      // "-5" is a value, which the range check refuses; "--port" is a flag: the value is missing.
      const next = argv[++i];
      if (next === undefined || /^-[^\d.]/.test(next)) {
        throw new UsageError((t) => t.missingValue(key));
      }
      normalized.push(`--${flag.name}=${next}`);
      continue;
    }
    normalized.push(joined === undefined ? `--${flag.name}` : `--${flag.name}=${joined}`);
  }
  return normalized;
}

/** Widest line of `--help`, in characters. */
const HELP_WIDTH = 80;

/** The flags of a table as lines of `--help`. */
export function flagLines(table: readonly Flag[], t: Sentences): string[] {
  const rows = table.map(({ name, short, value: takes, help, repeatable, ...flag }) => {
    const shown = typeof takes === "object" ? takes[t.lang] : takes;
    const value = flag.otherwise === undefined ? shown && ` ${shown}` : `[=${shown}]`;
    const left = `${short ? `-${short}, ` : ""}--${name}${value ?? ""}`;
    const notes = [
      ...(flag.default !== undefined ? [`${t.help.default} ${flag.default}`] : []),
      ...(repeatable ? [t.help.repeatable] : []),
    ];
    return [left, help[t.lang] + (notes.length > 0 ? ` (${notes.join(", ")})` : "")] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrapText(right, HELP_WIDTH - width - 4)
      .map((line, index) => `  ${(index === 0 ? left : "").padEnd(width)}  ${line}`)
  );
}

/** Breaks `text` at spaces into lines of at most `width` characters. */
function wrapText(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
